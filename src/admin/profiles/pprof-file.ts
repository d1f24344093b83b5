/** A profile of all threads as a file that `go tool pprof` and the usual viewers open. */
import { addCpuProfile, CPU_VALUES } from './cpu-profile.ts';
import { addHeapProfile, heapValues } from './heap-profile.ts';
import { PprofBuilder, type PprofHead } from './pprof-builder.ts';
import {
  type ProfileKind,
  SAMPLE_EVERY_BYTES,
  SAMPLE_EVERY_MS,
  type TakenProfile,
  type ThreadProfile,
} from './taken-profile.ts';

export function pprofFile(taken: TakenProfile, version: string): Promise<Uint8Array> {
  const { kind, threads, late } = taken;
  const builder = new PprofBuilder();
  const unread = threads.filter((each) => !adds(builder, kind, each)).map(({ thread }) => thread);
  const comments = [
    `Argus ${version}, Node ${process.version}`,
    ...without(late, 'no answer in time'),
    ...without(unread, 'V8 has written what cannot be read'),
  ];
  return builder.file({ ...taken, ...headOf(taken), comments });
}

/** Whether it could: that no profile can be read is no reason to end the service. */
function adds(builder: PprofBuilder, kind: ProfileKind, thread: ThreadProfile): boolean {
  try {
    if (kind === 'profile') addCpuProfile(builder, thread);
    else addHeapProfile(builder, thread);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function without(threads: readonly string[], why: string): readonly string[] {
  return threads.length === 0 ? [] : [`without ${threads.join(', ')}: ${why}`];
}

function headOf({ kind }: TakenProfile): Pick<PprofHead, 'values' | 'period'> {
  if (kind === 'profile') {
    const is = SAMPLE_EVERY_MS * 1_000_000;
    return { values: CPU_VALUES, period: { of: ['cpu', 'nanoseconds'], is } };
  }
  const values = heapValues(kind);
  return { values, period: { of: ['space', 'bytes'], is: SAMPLE_EVERY_BYTES } };
}
