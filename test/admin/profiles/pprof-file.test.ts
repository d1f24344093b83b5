/** What V8 writes of threads, as a file of pprof says it. */
import { describe, expect, test } from 'vitest';
import { pprofFile } from '../../../src/admin/profiles/pprof-file.ts';
import type { ProfileKind, ThreadProfile } from '../../../src/admin/profiles/taken-profile.ts';
import { readPprof } from './pprof-reading.ts';

const FILE = 'file:///app/src/a%20b.ts';

/** As V8 writes it, with nothing escaped. */
function cpuNode(
  id: number,
  name: string,
  more: {
    hits?: number;
    children?: number[];
    ticks?: [line: number, ticks: number][];
    url?: string;
  },
): string {
  const { hits = 0, children = [], ticks = [], url = FILE } = more;
  const frame = `"functionName":"${name}","lineNumber":${id * 10},"columnNumber":3,"scriptId":1,"url":"${url}"`;
  const positions = JSON.stringify(ticks.map(([line, count]) => ({ line, ticks: count })));
  const lines = ticks.length === 0 ? '' : `,"positionTicks":${positions}`;
  return `{"id":${id},"hitCount":${hits},"callFrame":{${frame}},"children":${JSON.stringify(children)}${lines}}`;
}

function cpu(thread: string, cpuUs: number, nodes: readonly string[]): ThreadProfile {
  const json = `{"nodes":[${nodes.join()}],"startTime":1,"endTime":2,"samples":[1],"timeDeltas":[5]}`;
  return { thread, cpuUs, json };
}

function heapNode(id: number, name: string, selfSize: number, children: object[] = []): object {
  const callFrame = { functionName: name, scriptId: 1, url: FILE, lineNumber: id * 10 };
  return { id, selfSize, callFrame: { ...callFrame, columnNumber: 0 }, children };
}

async function read(kind: ProfileKind, threads: ThreadProfile[], late: string[] = []) {
  const times = { beganUs: 1_700_000_000_000_000, tookUs: 2_500_000 };
  return readPprof(await pprofFile({ kind, threads, late, ...times }, '1.2.3'));
}

const ROOT = (children: number[]) => cpuNode(1, '(root)', { children, url: '' });

describe('a CPU profile', () => {
  test('has CPU time of each thread, where it was used and from where that was called', async () => {
    const one = cpu('one', 1_000_000, [
      ROOT([2, 4]),
      cpuNode(2, 'outer', { hits: 1, children: [3] }),
      cpuNode(3, 'inner', {
        hits: 3,
        ticks: [
          [33, 2],
          [35, 1],
        ],
      }),
      cpuNode(4, '(garbage collector)', { hits: 4, url: '' }),
    ]);
    const two = cpu('two', 90, [ROOT([2]), cpuNode(2, '', { hits: 3 })]);
    const profile = await read('profile', [one, two]);
    expect(profile).toMatchObject({
      values: ['samples/count', 'cpu/nanoseconds'],
      period: ['cpu/nanoseconds', 10_000_000],
      seconds: 2.5,
      comments: [expect.stringMatching(/^Argus 1\.2\.3, Node v\d+/)],
    });
    expect(profile.samples).toEqual([
      'thread=one | 1 125000000 | inner /app/src/a b.ts:35 < outer /app/src/a b.ts:21',
      'thread=one | 1 125000000 | outer /app/src/a b.ts:21',
      'thread=one | 2 250000000 | inner /app/src/a b.ts:33 < outer /app/src/a b.ts:21',
      'thread=one | 4 500000000 | (garbage collector) :41',
      'thread=two | 3 90000 | (anonymous) /app/src/a b.ts:21',
    ]);
  });

  test('has nothing of a thread that waits', async () => {
    const profile = await read('profile', [
      cpu('asleep', 500, [
        ROOT([2, 3, 5]),
        cpuNode(2, '(idle)', { hits: 90, url: '' }),
        cpuNode(3, 'runUntil', { children: [4] }),
        cpuNode(4, 'sleepUntilRung', { hits: 900 }),
        cpuNode(5, 'work', { hits: 1 }),
      ]),
      cpu('never busy', 500, [ROOT([2]), cpuNode(2, '(idle)', { hits: 90, url: '' })]),
    ]);
    expect(profile.samples).toEqual(['thread=asleep | 1 500000 | work /app/src/a b.ts:51']);
  });

  test.each([
    ['RegExp: ^[\\d"]+$'],
    ['a "name" with \\ and more'],
    ['ends with \\'],
    ['\\u0041 and \\n'],
  ])('says names as they are: %s', async (name) => {
    const { samples } = await read('profile', [
      cpu('t', 7, [ROOT([2]), cpuNode(2, name, { hits: 1, url: 'C:\\files\\x.js' })]),
    ]);
    expect(samples).toEqual([`thread=t | 1 7000 | ${name} C:\\files\\x.js:21`]);
  });

  test('goes without a thread of which nothing can be read, and says so', async () => {
    const whole = cpu('whole', 1, [ROOT([2]), cpuNode(2, 'f', { hits: 1 })]);
    const torn = { ...whole, thread: 'torn', json: whole.json.slice(0, -20) };
    const { comments, samples } = await read('profile', [torn, whole], ['three', 'four']);
    expect(samples).toEqual(['thread=whole | 1 1000 | f /app/src/a b.ts:21']);
    expect(comments.slice(1)).toEqual([
      'without three, four: no answer in time',
      'without torn: V8 has written what cannot be read',
    ]);
  });
});

describe('a heap profile', () => {
  const head = heapNode(1, '(root)', 0, [
    heapNode(2, 'outer', 100, [heapNode(3, 'inner', 64), heapNode(4, 'nothing', 0)]),
    heapNode(5, '', 8),
  ]);
  const samples = [2, 3, 3, 5].map((nodeId) => ({ size: 1, nodeId, ordinal: 1 }));
  const thread = { thread: 'one', cpuUs: 0, json: JSON.stringify({ samples, head }) };

  test.each([
    ['heap', 'inuse_space/bytes'],
    ['allocs', 'alloc_space/bytes'],
  ] as const)('%s has bytes by what allocated them: %s', async (kind, value) => {
    const profile = await read(kind, [thread]);
    expect(profile).toMatchObject({
      values: ['samples/count', value],
      period: ['space/bytes', 65_536],
      samples: [
        'thread=one | 1 100 | outer /app/src/a b.ts:21',
        'thread=one | 1 8 | (anonymous) /app/src/a b.ts:51',
        'thread=one | 2 64 | inner /app/src/a b.ts:31 < outer /app/src/a b.ts:21',
      ],
    });
  });
});
