/**
 * Heap profiles of V8, as pprof has them: bytes, estimated from the allocations that were looked
 * at, and how many those were. How many objects there were V8 does not say.
 */
import type { CallFrame, PprofBuilder, ValueName } from './pprof-builder.ts';
import type { ProfileKind, ThreadProfile } from './taken-profile.ts';

export function heapValues(kind: Exclude<ProfileKind, 'profile'>): readonly ValueName[] {
  return [
    ['samples', 'count'],
    [kind === 'heap' ? 'inuse_space' : 'alloc_space', 'bytes'],
  ];
}

/** A function in the place from which it was called. */
interface HeapNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** What it allocated itself, in bytes. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

interface HeapProfile {
  readonly head: HeapNode;
  /** Of one size, seen once in one place. */
  readonly samples: readonly { readonly nodeId: number }[];
}

/** Throws as addCpuProfile() does. */
export function addHeapProfile(builder: PprofBuilder, { thread, json }: ThreadProfile): void {
  const { head, samples } = JSON.parse(json) as HeapProfile;
  const seen = new Map<number, number>();
  for (const { nodeId } of samples) seen.set(nodeId, (seen.get(nodeId) ?? 0) + 1);
  // The root is no function.
  const left = head.children.map((node) => ({ node, outwards: [] as readonly number[] }));
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { callFrame, selfSize, children, id } = at.node;
    const locations = [builder.location(callFrame, callFrame.lineNumber + 1), ...at.outwards];
    if (selfSize > 0) {
      builder.add({ locations, values: [seen.get(id) ?? 0, selfSize], thread });
    }
    for (const node of children) left.push({ node, outwards: locations });
  }
}
