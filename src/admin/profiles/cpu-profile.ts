/**
 * CPU profiles of V8, as pprof has them.
 *
 * V8 looks at a thread every SAMPLE_EVERY_MS, whether it runs or waits for a core. So looks say
 * where a thread is, and its CPU clock how much: its CPU time is spread over its looks.
 */
import { RebuildRequests } from '../../table/rebuild-requests.ts';
import type { CallFrame, PprofBuilder, ValueName } from './pprof-builder.ts';
import type { ThreadProfile } from './taken-profile.ts';

export const CPU_VALUES: readonly ValueName[] = [
  ['samples', 'count'],
  ['cpu', 'nanoseconds'],
];

/** A function in the place from which it was called. */
interface CpuNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** How often it was seen at work itself. */
  readonly hitCount: number;
  readonly children?: readonly number[];
  /** In which of its lines, counted from 1. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** Where nothing is done: for want of something to do, V8 says; or asleep until the bell rings. */
const IDLE: ReadonlySet<string> = new Set([
  '(idle)',
  RebuildRequests.prototype.sleepUntilRung.name,
]);

/** Throws a SyntaxError where V8 has written what is no profile, before anything is added. */
export function addCpuProfile(builder: PprofBuilder, { thread, json, cpuUs }: ThreadProfile): void {
  const { nodes } = JSON.parse(escaped(json)) as { readonly nodes: readonly CpuNode[] };
  const busy = nodes.filter(
    ({ hitCount, callFrame }) => hitCount > 0 && !IDLE.has(callFrame.functionName),
  );
  const hits = busy.reduce((sum, { hitCount }) => sum + hitCount, 0);
  const callers = callersOf(nodes);
  for (const node of busy) {
    const outwards = callChain(node, callers).map(({ callFrame }) =>
      builder.location(callFrame, callFrame.lineNumber + 1),
    );
    for (const [line, ticks] of ticksOf(node)) {
      const own = builder.location(node.callFrame, line);
      const values = [ticks, Math.round((ticks / hits) * cpuUs * 1_000)];
      builder.add({ locations: [own, ...outwards], values, thread });
    }
  }
}

/**
 * V8 writes names and files of functions as they are, quotes and backslashes too, and the name of a
 * regular expression's machine code is the expression: without this it would be no JSON.
 */
function escaped(json: string): string {
  return json
    .replaceAll(/("functionName":")(.*?)(","lineNumber":)/gs, escapeSecond)
    .replaceAll(/("url":")(.*?)("\})/gs, escapeSecond);
}

function escapeSecond(_all: string, before: string, text: string, after: string): string {
  return before + JSON.stringify(text).slice(1, -1) + after;
}

/** How often it was seen in which line. What V8 does itself has no lines. */
function ticksOf({
  callFrame,
  hitCount,
  positionTicks = [],
}: CpuNode): readonly (readonly [line: number, ticks: number])[] {
  const inLines = positionTicks.map(({ line, ticks }) => [line, ticks] as const);
  const others = inLines.reduce((left, [, ticks]) => left - ticks, hitCount);
  return others > 0 ? [...inLines, [callFrame.lineNumber + 1, others]] : inLines;
}

/** Who called whom: all but those that nobody did. */
function callersOf(nodes: readonly CpuNode[]): ReadonlyMap<number, CpuNode> {
  return new Map(nodes.flatMap((node) => (node.children ?? []).map((id) => [id, node])));
}

/** Its callers, from the nearest out; without the root, which is no function. */
function callChain({ id }: CpuNode, callers: ReadonlyMap<number, CpuNode>): CpuNode[] {
  const path: CpuNode[] = [];
  for (let at = callers.get(id); at !== undefined; at = callers.get(at.id)) path.push(at);
  return path.slice(0, -1);
}
