/** What a question by policy comes to: which limit decides, overrides, dry runs, costs, counts. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { PolicyDecision, PolicyQuestion } from '../../src/policies/asking.ts';
import { localLimiter } from '../limiter/limiters.ts';
import { type PolicyScene, policiesOver } from './policy-scene.ts';

const SECOND = 1_000_000;

const TEXT = `
policies:
  uploads:
    limits:
      - {name: requests, capacity: 10, interval: 10s, cost: 1}
      - {name: volume, capacity: 1000, interval: 1000s}
    overrides:
      - {keys: ["partner:*"], limits: [{name: requests, capacity: 100, interval: 10s}]}
      - {keys: ["health"], always: allow}
      - {keys: ["banned"], always: deny}
  trial:
    dryRun: true
    limits: [{name: all, capacity: 2, interval: 2s}]
    overrides: [{keys: ["banned"], always: deny}]
  monthly:
    limits: [{name: files, capacity: 3, calendar: month, timezone: Europe/Berlin}]
`;

/** 2024-02-29 22:59:50 in UTC: ten seconds before March in Berlin. */
const WALL_US = Date.UTC(2024, 1, 29, 22, 59, 50) * 1_000;

let scene: PolicyScene;
let nowUs: number;
beforeEach(() => {
  nowUs = 1_000 * SECOND;
  scene = policiesOver(localLimiter(), TEXT, () => WALL_US + nowUs - 1_000 * SECOND);
});

function question(name: string, key: string, more: Partial<PolicyQuestion> = {}): PolicyQuestion {
  const policy = scene.book.find(name);
  if (policy === undefined) throw new Error(`there is no policy ${name}`);
  return { policy, key, cost: 1, overdraft: false, ...more };
}

function ask(name: string, key: string, more: Partial<PolicyQuestion> = {}) {
  return told(scene.asker.ask(question(name, key, more), nowUs) as PolicyDecision);
}

/** Whether it is allowed, by which limit, and of each whether and what remains. */
function told({ allowed, by, limits }: PolicyDecision) {
  const each = limits.map(({ decision }) => [decision.allowed, decision.remaining]);
  return [allowed, by?.limit.name ?? null, ...each];
}

describe('several limits', () => {
  test('are taken all or none, and the one with the least share left is named', () => {
    expect(ask('uploads', 'a', { cost: 100 })).toEqual([true, 'requests', [true, 9], [true, 900]]);
    expect(ask('uploads', 'a', { cost: 600 })).toEqual([true, 'volume', [true, 8], [true, 300]]);
    expect(ask('uploads', 'a', { cost: 400 })).toEqual([false, 'volume', [true, 8], [false, 300]]);
  });

  test('of those that deny, the one that is longest waited for is named', () => {
    for (let i = 0; i < 10; i++) ask('uploads', 'a', { cost: 90 });
    expect(ask('uploads', 'a', { cost: 200 })).toEqual([false, 'volume', [false, 0], [false, 100]]);
    expect(ask('uploads', 'a', { cost: 100 })).toEqual([
      false,
      'requests',
      [false, 0],
      [true, 100],
    ]);
  });

  test('where no wait helps with one, that is named', () => {
    for (let i = 0; i < 10; i++) ask('uploads', 'a');
    const { by } = scene.asker.ask(
      question('uploads', 'a', { cost: 1_001 }),
      nowUs,
    ) as PolicyDecision;
    expect([by?.limit.name, by?.isNever]).toEqual(['volume', true]);
  });

  test('a look takes of none; what is given back leaves a limit with a cost of its own alone', () => {
    ask('uploads', 'a', { cost: 500 });
    expect(ask('uploads', 'a', { cost: 0 })).toEqual([true, 'volume', [true, 9], [true, 500]]);
    expect(ask('uploads', 'a', { cost: -300 })).toEqual([true, 'volume', [true, 9], [true, 800]]);
  });

  test('an overdraft leaves a limit with a cost of its own alone, too', () => {
    const more = { cost: 1_500, overdraft: true };
    expect(ask('uploads', 'a', more)).toEqual([false, 'volume', [true, 10], [false, 0]]);
    nowUs += 499 * SECOND;
    expect(ask('uploads', 'a', { cost: 1 })[0]).toBe(false);
    nowUs += 2 * SECOND;
    expect(ask('uploads', 'a', { cost: 1 })[0]).toBe(true);
  });
});

describe('overrides', () => {
  test('replace the limit that they name, for the keys that they name', () => {
    expect(ask('uploads', 'partner:1')).toEqual([true, 'requests', [true, 99], [true, 999]]);
    expect(ask('uploads', 'partners:1')).toEqual([true, 'requests', [true, 9], [true, 999]]);
  });

  test('may allow always or deny always, and no limit is asked', () => {
    for (let i = 0; i < 20; i++) expect(ask('uploads', 'health')).toEqual([true, null]);
    expect(ask('uploads', 'banned')).toEqual([false, null]);
    expect([scene.counted(0, 'exempt'), scene.counted(1, 'exempt')]).toEqual([21, 21]);
  });

  test('are found by the subject where there is one, whatever the key', () => {
    expect(ask('uploads', 'health', { subject: 'address:192.0.2.1' })[1]).toBe('requests');
    expect(ask('uploads', 'x', { subject: 'health' })[1]).toBe(null);
  });
});

describe('a dry run', () => {
  test('allows all, and says what it would have said', () => {
    expect(ask('trial', 'a', { cost: 2 })).toEqual([true, 'all', [true, 0]]);
    expect(ask('trial', 'a')).toEqual([true, 'all', [false, 0]]);
    expect(ask('trial', 'banned')).toEqual([true, null]);
    expect([scene.counted(2, 'allowed'), scene.counted(2, 'would_deny')]).toEqual([1, 1]);
    expect(scene.counted(2, 'denied')).toBe(0);
  });
});

describe('a month', () => {
  test('ends when it does in its time zone', () => {
    expect(ask('monthly', 'a', { cost: 3 })).toEqual([true, 'files', [true, 0]]);
    nowUs += 9 * SECOND;
    expect(ask('monthly', 'a')).toEqual([false, 'files', [false, 0]]);
    nowUs += SECOND;
    expect(ask('monthly', 'a')).toEqual([true, 'files', [true, 2]]);
  });
});

test('a bucket of a policy is no key’s that brings its limit, nor another policy’s', () => {
  const own = ask('trial', 'a', { cost: 2 });
  expect(own).toEqual([true, 'all', [true, 0]]);
  const limit = { capacity: 2, count: 1, period: 1, tickUs: SECOND, intervalUs: 2 * SECOND };
  for (const key of ['a', 'all\0trial\0a']) {
    const { each } = scene.asker.askAll([{ key, limit, cost: 0 }], nowUs) as never as {
      each: readonly { remaining: number }[];
    };
    expect(each[0]?.remaining).toBe(2);
  }
});

describe('several questions', () => {
  const all = (...questions: readonly PolicyQuestion[]) => {
    const { allowed, each } = scene.asker.askAll(questions, nowUs) as {
      allowed: boolean;
      each: readonly PolicyDecision[];
    };
    return [allowed, ...each.map(told)];
  };

  test('are taken all or none, over all their limits', () => {
    expect(
      all(question('uploads', 'a', { cost: 100 }), question('monthly', 'a', { cost: 4 })),
    ).toEqual([false, [true, 'requests', [true, 10], [true, 1_000]], [false, 'files', [false, 3]]]);
    expect([scene.counted(0, 'allowed'), scene.counted(3, 'denied')]).toEqual([0, 1]);
    expect(all(question('uploads', 'a', { cost: 100 }), question('monthly', 'a'))[0]).toBe(true);
    expect([scene.counted(0, 'allowed'), scene.counted(1, 'allowed')]).toEqual([1, 1]);
  });

  test('of which one is always denied take nothing', () => {
    expect(all(question('uploads', 'banned'), question('monthly', 'a', { cost: 3 }))).toEqual([
      false,
      [false, null],
      [true, 'files', [true, 3]],
    ]);
  });

  test('of which one is always allowed, or denied in a dry run, go by the others', () => {
    const others = [question('uploads', 'health'), question('trial', 'banned')];
    expect(all(...others)[0]).toBe(true);
    expect(all(...others, question('monthly', 'a', { cost: 3 }))[0]).toBe(true);
    expect(all(...others, question('monthly', 'a', { cost: 3 }))[0]).toBe(false);
  });
});
