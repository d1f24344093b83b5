/**
 * A run-through of what a decider does, before it listens: code that has not run yet is slow, and
 * so would be the first who ask.
 *
 * Used by the decider's thread. All is made for it and thrown away: protocols, table, metrics, what
 * is known of the store, and who answers in the exchanger's place. So it leaves nothing behind.
 */
import type { Socket } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ValueCounts } from '../envoy/value-counts.ts';
import { MOST_REHEARSAL_MS } from '../lease/fetcher/rehearsal.ts';
import type { PackedAsks } from '../lease/packed.ts';
import { StoreStatus } from '../lease/store-status.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import type { Timers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { PolicyCounts } from '../metrics/policy-cells.ts';
import { OpenWindows } from '../policies/open-windows.ts';
import { reserveTable } from '../table/table-memory.ts';
import { reserveSketches } from '../top-keys/sketch-memory.ts';
import { servedBy } from '../transport/protocols.ts';
import { ServiceState } from '../transport/service-state.ts';
import { createProtocols } from './decider-protocols.ts';
import { askOver, KEYS, PARTS } from './rehearsal-clients.ts';
import { answersTo } from './rehearsal-exchanger.ts';
import { rehearsalDomains } from './rehearsal-grpc.ts';
import type { DeciderData } from './thread-messages.ts';

export interface DeciderRehearsalParts {
  readonly data: DeciderData;
  readonly timers: Timers;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

/** Resolves when all was asked and answered, or when it has had its time. */
export async function rehearse({ data, timers, fail }: DeciderRehearsalParts): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const own = data.store === null ? ownOf(data) : { ...ownOf(data), ...sharing(data, port2) };
  port1.on('message', (packed: PackedAsks) => port1.postMessage(answersTo(packed)));
  const protocols = createProtocols(own, fail);
  const { windows, envoyBook } = protocols;
  envoyBook.replace(rehearsalDomains({ windows, wall: wallUs }));
  const end = new AbortController();
  const callOff = timers.after(MOST_REHEARSAL_MS, () => end.abort());
  const served = servedBy(data.config).map(([name]) => ({ name, protocol: protocols.of(name) }));
  const { readBuffer } = protocols.listening;
  await Promise.all(
    served.flatMap(({ name, protocol }) => {
      const open = (accepted: Socket) => protocol.open(readBuffer.over(accepted));
      return PARTS[name].map((part) => askOver(open, part, end.signal));
    }),
  );
  callOff();
  for (const { protocol } of served) protocol.stop();
  port1.close();
}

function ownOf(data: DeciderData): DeciderData {
  const { engine } = data.config;
  const state = ServiceState.reserve();
  new ServiceState(state, 1).phase = 'serving';
  return {
    ...data,
    config: { ...data.config, adminToken: '', logLevel: 'silent' },
    table: reserveTable(KEYS, { engine }),
    cells: Cells.reserve(1),
    row: 0,
    tokens: null,
    state,
    sketches: data.sketches === null ? null : reserveSketches(1, monotonicUs()),
    policies: {
      counts: PolicyCounts.reserve(1),
      windows: OpenWindows.reserve(),
      values: ValueCounts.reserve(1, 0),
    },
  };
}

/** Where limits are shared: a store that is there, and a way to it. */
function sharing({ config }: DeciderData, exchanger: MessagePort): Partial<DeciderData> {
  const store = StoreStatus.reserve(1, monotonicUs());
  new StoreStatus(store).comeBack();
  return {
    exchanger,
    store,
    table: reserveTable(KEYS, { holds: 'leases', engine: config.engine }),
  };
}
