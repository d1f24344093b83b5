/**
 * The kinds of threads of a service: what each runs, how many there are, and what a thread says
 * once the service can do with it. A new kind is a row here, and what it is told in
 * thread-messages.
 */

export interface ThreadKind {
  /** The file in this folder, without its ending. */
  readonly script: string;
  /** What an error calls it. */
  readonly name: string;
  /** What it says once it is ready; null where nobody waits for it. */
  readonly ready: string | null;
  /** What its heap may grow to; left out, Node decides by the memory of the machine. */
  readonly mostHeapMb?: number;
}

export const THREAD_KINDS = {
  decider: { script: 'decider-thread', name: 'decider', ready: 'started' },
  rebalancer: { script: 'rebalancer-thread', name: 'the rebalancer', ready: null },
  // So that the first questions find the store there, if it is.
  exchanger: { script: 'exchanger-thread', name: 'the exchanger', ready: 'tried' },
  // Less than twice what the largest files take: V8 then clears up before it takes more.
  policies: {
    script: 'policies-thread',
    name: 'the thread of the policies',
    ready: 'loaded',
    mostHeapMb: 1_536,
  },
  snapshot: { script: 'snapshot-thread', name: 'the thread of the snapshots', ready: 'restored' },
  keys: { script: 'keys-thread', name: 'the thread of the keys', ready: null },
  // It is told when to listen, and says then that it does.
  admin: { script: 'admin-thread', name: 'the thread of the admin port', ready: null },
} as const satisfies Record<string, ThreadKind>;

export type ThreadKindName = keyof typeof THREAD_KINDS;

/** One thread: its row of the cells, and what it is called. */
export interface ThreadPlan {
  readonly kind: ThreadKindName;
  readonly row: number;
  readonly name: string;
}

export interface ServiceShape {
  readonly deciders: number;
  /** Whether limits are shared with other instances. */
  readonly isSharing: boolean;
  /** Whether there are policies. */
  readonly hasPolicies: boolean;
  /** Whether there are snapshots. */
  readonly hasSnapshots: boolean;
  /** Whether there is a port for operators. */
  readonly hasAdmin: boolean;
}

/** In the order in which they are started: the rows of the deciders are 0 and up. */
export function threadsOf({
  deciders,
  isSharing,
  hasPolicies,
  hasSnapshots,
  hasAdmin,
}: ServiceShape): readonly ThreadPlan[] {
  const others: ThreadKindName[] = ['rebalancer'];
  if (isSharing) others.push('exchanger');
  if (hasPolicies) others.push('policies');
  if (hasSnapshots) others.push('snapshot');
  if (hasAdmin) others.push('keys', 'admin');
  return [
    ...others.map((kind, i) => ({ kind, row: deciders + i, name: THREAD_KINDS[kind].name })),
    ...Array.from({ length: deciders }, (_, row) => ({
      kind: 'decider' as const,
      row,
      name: `${THREAD_KINDS.decider.name} ${row}`,
    })),
  ];
}
