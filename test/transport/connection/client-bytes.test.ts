/** Who is read from, and who is closed, when clients hold much. */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cells, CLIENT_BYTES, CLIENTS_CLOSED, sumCells } from '../../../src/metrics/cells.ts';
import {
  type Client,
  ClientBytes,
  type Holding,
  holdingOf,
  MOST_ONE_HOLDS,
  TURN_MS,
} from '../../../src/transport/connection/client-bytes.ts';

const MIB = 1_024 * 1_024;
const MOST = 16 * MIB;

let nowUs: number;
let tasks: (() => void)[];
let lines: string[];
let memory: SharedArrayBuffer;
let account: ClientBytes;
beforeEach(() => {
  nowUs = 0;
  tasks = [];
  lines = [];
  memory = Cells.reserve(1);
  account = new ClientBytes({
    mostBytes: MOST,
    cells: new Cells(memory, 0),
    clock: () => nowUs,
    timers: {
      after: (ms, task) => {
        expect(ms).toBe(TURN_MS);
        tasks.push(task);
        return () => undefined;
      },
      soon: () => undefined,
    },
    log: { warn: (line: unknown) => void lines.push(String(line)) },
  });
});

class FakeClient implements Client {
  readonly socket = new EventEmitter() as unknown as Duplex;
  readonly holding: Holding = account.join(this.socket, this);
  bytes = 0;
  isRead = true;
  isClosed = false;

  heldBytes(): number {
    return this.bytes;
  }

  stopReading(): void {
    expect(this.isRead).toBe(true);
    this.isRead = false;
  }

  readOn(): void {
    expect(this.isRead).toBe(false);
    this.isRead = true;
  }

  close(): void {
    this.isClosed = true;
    this.socket.emit('close');
  }

  /** Says that it holds so much now. */
  hold(bytes: number): void {
    this.bytes = bytes;
    this.holding.changed();
  }
}

const clients = (count: number) => Array.from({ length: count }, () => new FakeClient());
const read = (of: readonly FakeClient[]) => of.filter(({ isRead }) => isRead);

function turn(): void {
  for (const task of tasks.splice(0)) task();
}

function counted(cell: number): number {
  return sumCells(memory)[cell] as number;
}

test('up to half of the bound everybody is read', () => {
  const [one, ...others] = clients(10) as [FakeClient, ...FakeClient[]];
  one.hold(MOST / 2);
  expect(read([one, ...others])).toHaveLength(10);
  expect(tasks).toEqual([]);
  expect(counted(CLIENT_BYTES)).toBe(MOST / 2);
});

describe('above half', () => {
  let large: readonly FakeClient[];
  let small: readonly FakeClient[];
  const SIZE = Math.ceil((MOST / 2 + MIB) / 20);
  /** What is left, in clients of which each may hold all that one may. */
  const GRANTS = Math.floor((MOST / 2 - MIB) / MOST_ONE_HOLDS);

  beforeEach(() => {
    small = clients(20);
    large = clients(20);
    for (const one of small) one.hold(100);
    for (const one of large) one.hold(SIZE);
  });

  test('those who hold most are not read, but as many as there is surely room for', () => {
    turn();
    expect(read(large)).toHaveLength(GRANTS);
    expect(read(small)).toHaveLength(20);
  });

  test('those who hold little are read on, and whoever comes', () => {
    small[0]?.hold(1_000);
    const newcomer = new FakeClient();
    newcomer.hold(1_000);
    expect(read([...small, newcomer])).toHaveLength(21);
    newcomer.hold(MIB);
    expect(newcomer.isRead).toBe(false);
  });

  test('each has its turn, however long the others take', () => {
    const seen = new Set<FakeClient>();
    for (let i = 0; i < Math.ceil(20 / GRANTS); i++) {
      turn();
      for (const one of read(large)) seen.add(one);
    }
    expect(seen.size).toBe(20);
  });

  test('who finishes is read on at the next look, and all are when half is enough', () => {
    const stopped = large.find(({ isRead }) => !isRead) as FakeClient;
    stopped.hold(0);
    turn();
    expect(stopped.isRead).toBe(true);
    for (const one of large.slice(0, 10)) one.hold(0);
    turn();
    expect(read(large)).toHaveLength(20);
    expect(tasks).toEqual([]);
  });

  test('a client that took its answers and did not say so is counted anew', () => {
    for (const one of large) one.bytes = 0;
    turn();
    expect(read(large)).toHaveLength(20);
    expect(account.total).toBe(20 * 100);
  });

  test('one is read even where there is room for nobody', () => {
    for (const one of large) one.hold(MOST / 20 - 1_000);
    turn();
    expect(account.total).toBeGreaterThan(MOST - MOST_ONE_HOLDS);
    expect(read(large)).toHaveLength(1);
    expect(large.some(({ isClosed }) => isClosed)).toBe(false);
  });

  test('who goes away is forgotten', () => {
    for (const one of large) one.socket.emit('close');
    expect(account.total).toBe(20 * 100);
    large[0]?.hold(MOST);
    expect(account.total).toBe(20 * 100);
    turn();
    expect(tasks).toEqual([]);
  });
});

describe('above all of it', () => {
  test('the one that holds most is closed, until it fits', () => {
    const [a, b, c, d] = clients(4) as [FakeClient, FakeClient, FakeClient, FakeClient];
    a.hold(5 * MIB);
    b.hold(6 * MIB);
    c.hold(4 * MIB);
    d.hold(2 * MIB);
    expect([a, b, c, d].map(({ isClosed }) => isClosed)).toEqual([false, true, false, false]);
    expect(account.total).toBe(11 * MIB);
    d.hold(17 * MIB);
    expect(d.isClosed).toBe(true);
    expect(counted(CLIENTS_CLOSED)).toBe(2);
    expect(counted(CLIENT_BYTES)).toBe(9 * MIB);
  });

  test('nobody is closed for what another has taken meanwhile', () => {
    const [a, b] = clients(2) as [FakeClient, FakeClient];
    a.hold(10 * MIB);
    a.bytes = 0;
    b.hold(10 * MIB);
    expect([a.isClosed, b.isClosed]).toEqual([false, false]);
  });

  test('it is logged at most every 10 s, with the number of those that were not', () => {
    for (let i = 0; i < 3; i++) new FakeClient().hold(MOST + 1);
    nowUs = 10_000_000;
    new FakeClient().hold(MOST + 1);
    expect(lines).toEqual([
      `Closed a client that held ${MOST + 1} bytes: all of a thread hold more than MAX_CLIENT_BYTES, ${MOST}`,
      `Closed a client that held ${MOST + 1} bytes: all of a thread hold more than MAX_CLIENT_BYTES, ${MOST}, and 2 before that were not logged`,
    ]);
  });
});

test('bodies are counted beside what the client says, and have room up to the bound', () => {
  const [one] = clients(1) as [FakeClient];
  expect(holdingOf(one.socket)).toBe(one.holding);
  one.hold(1_000);
  one.holding.addBody(500);
  expect(account.total).toBe(1_500);
  expect(one.holding.hasRoom(MOST - 1_500)).toBe(true);
  expect(one.holding.hasRoom(MOST - 1_499)).toBe(false);
  one.holding.addBody(-500);
  expect(account.total).toBe(1_000);
  expect(holdingOf(new EventEmitter() as unknown as Duplex)).toBeUndefined();
});
