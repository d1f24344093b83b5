/** The store on a cluster of three masters: every key at its node, and what a node's loss costs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { LEAST_RULES } from '../../support/redis-least-user.ts';
import { isMissing } from '../../support/resp-tools.ts';
import {
  exchangeOne,
  exchangesOf,
  openStore,
  type TestStore,
  take,
  until,
  untilBeat,
} from './redis-harness.ts';

let cluster: RedisCluster;
let opened: TestStore;

beforeAll(async () => {
  if (!isMissing('redis-server')) cluster = await startRedisCluster(3);
});

afterAll(async () => {
  await cluster?.stop();
});

beforeEach(async () => {
  if (cluster === undefined) return;
  opened = openStore(cluster.url);
  await untilBeat(opened.store);
  await untilAllAnswered();
});

afterEach(async () => {
  await opened?.store.close();
});

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`);

/** What became of an exchange for each key. */
async function takeAll(): Promise<readonly ('answered' | 'rejected')[]> {
  const all = await Promise.allSettled(KEYS.map((key) => exchangeOne(opened.store, take(key))));
  return all.map(({ status }) => (status === 'fulfilled' ? 'answered' : 'rejected'));
}

async function untilAllAnswered(): Promise<void> {
  await until(async () => !(await takeAll()).includes('rejected'));
}

/** How many exchanges each node has run. */
function counts(): Promise<readonly number[]> {
  return Promise.all(cluster.nodes.map(({ port }) => exchangesOf(port)));
}

/** How many it has run since. */
async function countsSince(before: readonly number[]): Promise<readonly number[]> {
  return (await counts()).map((count, node) => count - (before[node] ?? 0));
}

interface Move {
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

/** Begins to move the key's slot to the next node, and moves the key. */
async function beginMove(key: string): Promise<Move> {
  const slot = String(await cluster.tell(0, 'CLUSTER', 'KEYSLOT', `argus:b:${key}`));
  const from = Math.floor((Number(slot) * 3) / 16_384);
  const to = (from + 1) % 3;
  const [fromId, toId] = await Promise.all([from, to].map((node) => idOf(node)));
  await cluster.tell(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId));
  await cluster.tell(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId));
  const port = String(cluster.nodes[to]?.port);
  await cluster.tell(from, 'MIGRATE', '127.0.0.1', port, `argus:b:${key}`, '0', '5000');
  return { slot, from, to };
}

async function endMove({ slot, from, to }: Move): Promise<void> {
  for (const node of [to, from]) {
    await cluster.tell(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', await idOf(to));
  }
}

async function idOf(node: number): Promise<string> {
  return String(await cluster.tell(node, 'CLUSTER', 'MYID'));
}

describe.skipIf(isMissing('redis-server'))('on a cluster', () => {
  test('each key is at its node, and its exchange goes there alone', async () => {
    const before = await counts();
    expect(new Set(await takeAll())).toEqual(new Set(['answered']));
    const more = await countsSince(before);
    expect(more.every((count) => count > 5)).toBe(true);
    expect(more.reduce((sum, count) => sum + count)).toBe(KEYS.length);
    expect(opened.lines).toHaveLength(1);
  });

  test('a key is followed while it moves and once it has, and is taken from once', async () => {
    await exchangeOne(opened.store, take('moving'));
    const move = await beginMove('moving');
    const before = await counts();
    expect(await exchangeOne(opened.store, take('moving'))).toMatchObject({ existed: true });
    await endMove(move);
    expect(await exchangeOne(opened.store, take('moving'))).toMatchObject({ existed: true });
    const more = await countsSince(before);
    expect([more[move.from], more[move.to]]).toEqual([0, 2]);
  });

  test('a node that freezes costs its own keys, which are sent to it once', async () => {
    const before = await counts();
    cluster.nodes[1]?.process.kill('SIGSTOP');
    const settled = takeAll();
    await until(() => opened.lines.some((line) => line.includes('Socket timeout')));
    // Now it hears what it was told over the connection that is given up.
    cluster.nodes[1]?.process.kill('SIGCONT');
    const rejected = (await settled).filter((end) => end === 'rejected').length;
    expect(rejected).toBeGreaterThan(5);
    await until(async () => (await countsSince(before))[1] === rejected);
    const more = await countsSince(before);
    expect(more.reduce((sum, count) => sum + count)).toBe(KEYS.length);
    await untilAllAnswered();
  });

  test('given up, all is rejected at once, and a new connection knows the cluster again', async () => {
    for (const { process } of cluster.nodes) process.kill('SIGSTOP');
    const settled = takeAll();
    opened.store.reconnect();
    expect(new Set(await settled)).toEqual(new Set(['rejected']));
    expect(opened.losses()).toBe(1);
    for (const { process } of cluster.nodes) process.kill('SIGCONT');
    await untilBeat(opened.store);
    await untilAllAnswered();
    expect(opened.lines.at(-1)).toBe(opened.lines[0]);
  });

  test('a store that knows one node finds the others', async () => {
    const url = cluster.nodes[2]?.url;
    await opened.store.close();
    opened = openStore(`${url},${url}`);
    await untilAllAnswered();
  });

  test('one address of a cluster is enough, as managed ones give it', async () => {
    await opened.store.close();
    opened = openStore(cluster.nodes[1]?.url ?? '');
    await untilBeat(opened.store);
    const before = await counts();
    expect(new Set(await takeAll())).toEqual(new Set(['answered']));
    expect((await countsSince(before)).every((count) => count > 5)).toBe(true);
    expect([opened.usable(), opened.lines.length, opened.losses()]).toEqual([1, 1, 0]);
  });

  test('a master that freezes is told of by name, and the others are there all the same', async () => {
    const { store, lines } = opened;
    const name = `127.0.0.1:${portOf(1)}`;
    cluster.nodes[1]?.process.kill('SIGSTOP');
    // One beat may wait for it, and no other does.
    await Promise.race([store.beat(), new Promise((resolve) => setTimeout(resolve, 100))]);
    const instances = await store.beat();
    // Nor until its connection is given up.
    expect(lines.join()).not.toContain('Socket timeout');
    expect([0, 1]).toContain(instances);
    expect(opened.usable()).toBeCloseTo(2 / 3, 3);
    expect(lines.filter((line) => line.includes(`the master ${name} cannot be used`))).toHaveLength(
      1,
    );
    await store.beat();
    expect(lines.filter((line) => line.includes(`the master ${name}`))).toHaveLength(1);
    cluster.nodes[1]?.process.kill('SIGCONT');
    await until(async () => (await store.beat()) === 1 && opened.usable() === 1);
    expect(lines.at(-1)).toMatch(/^info .*all masters can be used again$/);
  });

  test('what one master refuses is told of, and does not take the others with it', async () => {
    for (const node of [0, 1, 2]) {
      await cluster.tell(node, 'ACL', 'SETUSER', 'argus', ...LEAST_RULES, '+cluster|slots');
    }
    await cluster.tell(2, 'ACL', 'SETUSER', 'argus', '-persist');
    await opened.store.close();
    opened = openStore(cluster.url.replaceAll('//', '//argus:secret@'));
    await untilBeat(opened.store);
    expect(opened.usable()).toBeCloseTo(2 / 3, 3);
    expect(opened.lines).toContainEqual(
      expect.stringMatching(/the master .*docs\/run\/sharing\.md/),
    );
    await cluster.tell(2, 'ACL', 'SETUSER', 'argus', '+persist');
    await opened.store.beat();
    expect(opened.usable()).toBe(1);
    // All of it with no more than that user may do.
    expect(new Set(await takeAll())).toEqual(new Set(['answered']));
  });

  test('a database of a cluster is refused in words, and no other is used', async () => {
    await opened.store.close();
    opened = openStore(`${cluster.nodes[0]?.url}/3`);
    await expect(opened.store.beat()).rejects.toThrow();
    const faults = opened.lines.filter((line) => line.includes('a cluster has no database 3'));
    expect(faults).toHaveLength(1);
    await expect(exchangeOne(opened.store, take('key 1'))).rejects.toThrow('not connected');
  });

  // The last of all: the node does not come back.
  test('what a node had when it was lost is rejected, and sent to no other', async () => {
    const before = await counts();
    cluster.nodes[1]?.process.kill('SIGSTOP');
    const settled = takeAll();
    await until(async () => (await exchangesOf(portOf(2))) > (before[2] ?? 0));
    await cluster.nodes[1]?.stop();
    const ends = await settled;
    const rejected = ends.filter((end) => end === 'rejected').length;
    expect(rejected).toBeGreaterThan(5);
    const more = await Promise.all(
      [0, 2].map(async (i) => (await exchangesOf(portOf(i))) - (before[i] ?? 0)),
    );
    expect(more.reduce((sum, count) => sum + count)).toBe(KEYS.length - rejected);
    // The others go on.
    await until(
      async () =>
        (await takeAll()).filter((end) => end === 'answered').length === KEYS.length - rejected,
    );
  });
});

function portOf(node: number): number {
  return cluster.nodes[node]?.port ?? 0;
}
