/** When the store may be asked, and how its return is found out, in a time that the test moves. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Breaker, type BreakerState, STATE_NUMBERS } from '../../../src/lease/fetcher/breaker.ts';
import type { Timers } from '../../../src/lib/timers.ts';

const TIMEOUT_MS = 20;
const DOUBT_MS = 30;

/** Time that passes when it is told to. */
class FakeTimers implements Timers {
  nowMs = 0;
  readonly #tasks = new Set<{ readonly dueMs: number; readonly task: () => void }>();

  after(ms: number, task: () => void): () => void {
    const entry = { dueMs: this.nowMs + ms, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  soon(task: () => void): void {
    this.after(0, task);
  }

  get count(): number {
    return this.#tasks.size;
  }

  /** Does what is due until then, in its order, and lets promises settle after each. */
  async moveTo(ms: number): Promise<void> {
    for (;;) {
      const [next] = [...this.#tasks].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > ms) break;
      this.#tasks.delete(next);
      this.nowMs = next.dueMs;
      next.task();
      await settle();
    }
    this.nowMs = ms;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await null;
}

interface Probe {
  readonly atMs: number;
  answer(instances: number): Promise<void>;
  refuse(): Promise<void>;
}

let timers: FakeTimers;
let chance: number;
let probes: Probe[];
let events: string[];
let breaker: Breaker;

beforeEach(() => {
  timers = new FakeTimers();
  chance = 0.5;
  probes = [];
  events = [];
  const say = (event: string) => events.push(`${timers.nowMs} ${event}`);
  breaker = new Breaker({
    timers,
    random: () => chance,
    timeoutMs: TIMEOUT_MS,
    doubtMs: DOUBT_MS,
    store: {
      beat: () => {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        probes.push({
          atMs: timers.nowMs,
          answer: (instances) => {
            resolve(instances);
            return settle();
          },
          refuse: () => {
            reject(new Error('no'));
            return settle();
          },
        });
        return promise;
      },
      reconnect: () => say('reconnect'),
    },
    opened: () => say('opened'),
    closed: (instances) => say(`closed, ${instances} instances`),
  });
});

/** The first probe of all, or the last one, is answered. */
async function close(): Promise<void> {
  await probes.at(-1)?.answer(2);
  events = [];
}

test('the breaker begins open, and its first probe is under way at once', () => {
  expect([breaker.isOpen, breaker.state]).toEqual([true, 'half-open']);
  expect(probes.map(({ atMs }) => atMs)).toEqual([0]);
  expect(events).toEqual([]);
});

test('a probe that is answered closes it, with the number of instances', async () => {
  await timers.moveTo(7);
  await probes[0]?.answer(4);
  expect([breaker.isOpen, breaker.state]).toEqual([false, 'closed']);
  expect(events).toEqual(['7 closed, 4 instances']);
});

test('while it is closed nothing is probed, and no timer is left', async () => {
  await close();
  expect(timers.count).toBe(0);
  await timers.moveTo(100_000);
  expect(probes).toHaveLength(1);
});

describe('exchanges', () => {
  // In order: + an answer, - a failure, s a silence, x the loss of the connection; whether it
  // opens.
  test.each([
    ['-', false],
    ['--', false],
    ['---', true],
    ['--+', false],
    ['--+--', false],
    ['-+-+-+-', false],
    ['--+---', true],
    ['---+', false],
    ['s', true],
    ['s+', false],
    ['-s-', true],
    ['sx', true],
    ['x', true],
    ['+x', true],
  ])('%s: opens it is %s', async (told, opens) => {
    await close();
    for (const one of told) tell(one);
    // What it doubts it asks; nobody answers here.
    await timers.moveTo(DOUBT_MS);
    const at = told.endsWith('x') ? 0 : DOUBT_MS;
    expect([breaker.isOpen, events]).toEqual([opens, opens ? [`${at} opened`] : []]);
  });

  test('that fail in a row open it at once where a beat is refused too', async () => {
    await close();
    for (const one of '---') tell(one);
    expect([breaker.isOpen, probes.length]).toEqual([false, 2]);
    await probes.at(-1)?.refuse();
    expect([breaker.isOpen, events]).toEqual([true, ['0 opened']]);
  });

  test('are answered again: a doubt ends by any answer, and leaves no timer', async () => {
    await close();
    tell('s');
    await timers.moveTo(DOUBT_MS - 1);
    tell('+');
    expect([breaker.state, timers.count, probes.length]).toEqual(['closed', 0, 2]);
    // The next silence is doubted anew, and as long.
    tell('s');
    tell('s');
    expect(probes).toHaveLength(3);
    await timers.moveTo(2 * DOUBT_MS - 2);
    expect(breaker.state).toBe('closed');
    await timers.moveTo(2 * DOUBT_MS);
    expect(events).toEqual([`${2 * DOUBT_MS - 1} opened`]);
  });

  test('are not doubted once the connection is lost: it is probed, whatever the doubt hears', async () => {
    await close();
    for (const one of 'sx') tell(one);
    await probes.at(-1)?.refuse();
    await timers.moveTo(200);
    expect([breaker.state, probes.map(({ atMs }) => atMs)]).toEqual(['half-open', [0, 0, 200]]);
  });

  test('of one key that is refused do not open it where a beat is answered', async () => {
    await close();
    for (let i = 2; i < 5; i++) {
      for (const one of '-----') tell(one);
      expect(probes).toHaveLength(i);
      await probes.at(-1)?.answer(2);
    }
    await timers.moveTo(1_000);
    expect([breaker.state, events, timers.count]).toEqual(['closed', [], 0]);
  });

  test.each(['+++', '---------', 'xx', 'ss'])(
    'from before it opened, %s, change nothing',
    async (told) => {
      await close();
      breaker.lost();
      for (const one of told) tell(one);
      expect([breaker.state, events, probes.length]).toEqual(['open', ['0 opened'], 1]);
      await timers.moveTo(200);
      for (const one of told) tell(one);
      expect([breaker.state, events, probes.length]).toEqual(['half-open', ['0 opened'], 2]);
    },
  );

  test('that failed before do not count once it has closed again', async () => {
    await close();
    for (const one of '--x--') tell(one);
    await timers.moveTo(200);
    await close();
    for (const one of '--') tell(one);
    expect(probes).toHaveLength(2);
    tell('-');
    expect(probes).toHaveLength(3);
  });
});

function tell(one: string): void {
  if (one === '+') breaker.succeeded();
  else if (one === '-') breaker.failed();
  else if (one === 's') breaker.silent();
  else breaker.lost();
}

describe('while it is open', () => {
  // The chance, and when probes begin that are not answered after the loss at 0.
  test.each([
    [0, [100, 220, 340]],
    [0.5, [200, 420, 640]],
    [0.999, [299.8, 619.6, 939.4]],
  ])('with chance %d probes begin at %j', async (value, expected) => {
    await close();
    chance = value;
    breaker.lost();
    await timers.moveTo(1_000);
    const begun = probes.slice(1, 4).map(({ atMs }) => Math.round(atMs * 10) / 10);
    expect(begun).toEqual(expected);
  });

  test('a probe that has no answer in time fails, and the connection is made anew', async () => {
    await timers.moveTo(TIMEOUT_MS - 1);
    expect([breaker.state, events]).toEqual(['half-open', []]);
    await timers.moveTo(TIMEOUT_MS);
    expect([breaker.state, events]).toEqual(['open', ['20 reconnect']]);
  });

  test('a probe that is refused fails at once', async () => {
    await timers.moveTo(5);
    await probes[0]?.refuse();
    expect([breaker.state, events]).toEqual(['open', ['5 reconnect']]);
    await timers.moveTo(205);
    expect(probes.map(({ atMs }) => atMs)).toEqual([0, 205]);
  });

  test('an answer that is late counts for nothing, nor does a late refusal', async () => {
    await timers.moveTo(TIMEOUT_MS);
    await probes[0]?.answer(2);
    expect(breaker.state).toBe('open');
    await timers.moveTo(220);
    expect(breaker.state).toBe('half-open');
    await timers.moveTo(240);
    await timers.moveTo(440);
    await probes[1]?.refuse();
    expect([breaker.state, probes.length]).toEqual(['half-open', 3]);
    expect(events).toEqual(['20 reconnect', '240 reconnect']);
  });

  test('one probe is under way at a time, and the first that is answered closes it', async () => {
    await timers.moveTo(2_000);
    const gaps = probes.slice(1).map(({ atMs }, i) => atMs - (probes[i]?.atMs ?? 0));
    expect(new Set(gaps)).toEqual(new Set([TIMEOUT_MS + 200]));
    await timers.moveTo((probes.at(-1)?.atMs ?? 0) + 220);
    await probes.at(-1)?.answer(3);
    expect([breaker.state, timers.count]).toEqual(['closed', 0]);
    expect(events.at(-1)).toMatch(/closed, 3 instances$/);
  });
});

test.each(['half-open', 'open', 'closed'])(
  'once stopped while %s it does nothing any more',
  async (state) => {
    if (state === 'open') await timers.moveTo(TIMEOUT_MS);
    if (state === 'closed') await close();
    expect(breaker.state).toBe(state);
    events = [];
    breaker.stop();
    for (const one of 's---x') tell(one);
    await probes[0]?.answer(2);
    await timers.moveTo(10_000);
    expect([timers.count, probes.length, events, breaker.state]).toEqual([0, 1, [], state]);
  },
);

test.each([
  ['closed', 0],
  ['half-open', 1],
  ['open', 2],
] as const satisfies readonly (readonly [BreakerState, number])[])(
  'a metric says %s as %d',
  (state, number) => {
    expect(STATE_NUMBERS[state]).toBe(number);
  },
);
