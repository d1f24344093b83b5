/**
 * What a decider runs through before it listens: it is answered, leaves nothing, and has its time.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { type Config, DEFAULTS } from '../../src/config.ts';
import { ValueCounts } from '../../src/envoy/value-counts.ts';
import { StoreStatus } from '../../src/lease/store-status.ts';
import { monotonicUs, wallUs } from '../../src/lib/clock.ts';
import {
  ALLOWED,
  Cells,
  DENIED,
  ENVOY_UNKNOWN_DOMAIN,
  sumCells,
  TRANSPORTS,
} from '../../src/metrics/cells.ts';
import { PolicyCounts } from '../../src/metrics/policy-cells.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { createProtocols, type DeciderProtocols } from '../../src/threads/decider-protocols.ts';
import { rehearse } from '../../src/threads/decider-rehearsal.ts';
import { askOver, PARTS } from '../../src/threads/rehearsal-clients.ts';
import { rehearsalDomains } from '../../src/threads/rehearsal-grpc.ts';
import type { DeciderData } from '../../src/threads/thread-messages.ts';
import type { ProtocolName } from '../../src/transport/protocols.ts';
import { ServiceState } from '../../src/transport/service-state.ts';
import { FakeTime } from '../support/fake-time.ts';

function dataOf(config: Partial<Config>, isSharing: boolean): DeciderData {
  const options = { holds: isSharing ? 'leases' : 'buckets', engine: 'tree' } as const;
  return {
    config: { ...DEFAULTS, ...config },
    version: '1.2.3',
    table: reserveTable(1_000, options),
    cells: Cells.reserve(1),
    row: 0,
    state: ServiceState.reserve(),
    policies: {
      counts: PolicyCounts.reserve(1),
      windows: OpenWindows.reserve(),
      values: ValueCounts.reserve(1, 0),
    },
    accept: 'each',
    store: isSharing ? StoreStatus.reserve(1, monotonicUs()) : null,
    sketches: null,
    credentials: null,
    policySchema: '{}',
    exchanger: null,
    policyPieces: null,
    tokens: null,
  };
}

function fail(error: unknown): never {
  throw error;
}

function protocolOf(protocols: DeciderProtocols, name: ProtocolName) {
  protocols.listening.state.phase = 'serving';
  return protocols.of(name);
}

/** Decisions of all kinds that were counted. */
function decisionsIn(cells: SharedArrayBuffer): number {
  const sums = sumCells(cells);
  return TRANSPORTS.reduce(
    (sum, _, i) => sum + (sums[ALLOWED + i] ?? 0) + (sums[DENIED + i] ?? 0),
    0,
  );
}

const KINDS = TRANSPORTS.flatMap((name) => PARTS[name].map((_, place) => ({ name, place })));

describe('those who ask', () => {
  test.each(KINDS)('ask all they should over $name, part $place', async ({ name, place }) => {
    const part = PARTS[name][place];
    if (part === undefined) throw new Error('there is no such part');
    const data = dataOf({}, false);
    const protocols = createProtocols(data, fail);
    protocols.envoyBook.replace(rehearsalDomains({ windows: protocols.windows, wall: wallUs }));
    const protocol = protocolOf(protocols, name);
    await askOver((socket) => protocol.open(socket), part, new AbortController().signal);
    protocol.stop();
    expect(decisionsIn(data.cells)).toBe(part.requests * part.questions);
    if (name === 'grpc') expect(sumCells(data.cells)[ENVOY_UNKNOWN_DOMAIN]).toBe(0);
  });

  test('end where nobody answers, once they are told to', async () => {
    const end = new AbortController();
    const sockets: unknown[] = [];
    const [part] = PARTS.http;
    if (part === undefined) throw new Error('there is no such part');
    const asking = askOver((socket) => sockets.push(socket), part, end.signal);
    await vi.waitFor(() => expect(sockets).toHaveLength(part.connections));
    end.abort();
    await asking;
  });
});

describe.each([false, true])('a rehearsal, limits shared: %s', (isSharing) => {
  test.each(['tree', 'hash'] as const)('leaves nothing behind, engine %s', async (engine) => {
    const data = dataOf({ engine, respPort: 6_380, grpcPort: 8_081 }, isSharing);
    const before = copyOf(data);
    await rehearse({ data, timers: new FakeTime(), fail });
    expect(copyOf(data)).toEqual(before);
  });

  test('is over when it has had its time', async () => {
    const time = new FakeTime();
    let isOver = false;
    void rehearse({ data: dataOf({}, isSharing), timers: time, fail }).then(() => {
      isOver = true;
    });
    for (let i = 0; i < 20; i++) await turn();
    expect(isOver).toBe(false);
    await time.pass(399);
    expect(isOver).toBe(false);
    await time.pass(1);
    // Long before all would have been asked.
    for (let i = 0; i < 20; i++) await turn();
    expect(isOver).toBe(true);
  });
});

/** All that threads share, as it is now. */
function copyOf({ cells, state, store, table, policies }: DeciderData): unknown {
  const ofTable = [table.arena, table.shards, table.requests];
  const memories = [cells, state, store, ...ofTable, policies.windows, policies.counts];
  return memories.map((memory) => memory && Buffer.from(memory).toString('base64'));
}
