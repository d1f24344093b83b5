/** What a bucket is explained by, and that a look changes nothing. */
import { describe, expect, test } from 'vitest';
import { bucketName } from '../../../src/envoy/bucket-name.ts';
import { withoutNamespace } from '../../../src/lib/namespace.ts';
import { ENGINES } from '../../../src/table/table-memory.ts';
import { BRIEF, DAILY, limitOf } from '../../table/tables.ts';
import { KeyScene } from './key-scene.ts';
import { RULE_FILES } from './rule-files.ts';

const plain = (key: string) => ({ by: 'plain', key }) as const;
const policy = (key: string, limit: string | null = null, name = 'api') =>
  ({ by: 'policy', policy: name, limit, key }) as const;

describe.each(ENGINES)('with %s', (engine) => {
  test('a plain key goes by what each question brings', async () => {
    const scene = new KeyScene(engine);
    scene.table.take('alice', limitOf(4, 8), 3);
    scene.table.pass(1);
    const told = await scene.explain(plain('alice'));
    expect(told).toEqual({
      id: 'AAAABWFsaWNl',
      namespace: 'plain',
      key: 'alice',
      shared: false,
      overflow: false,
      goesBy: { kind: 'request' },
      bucket: {
        used: 3,
        remaining: 1,
        capacity: 4,
        tokensPerSecond: 0.5,
        fullInSeconds: 5,
        retryAfterSeconds: 0,
      },
    });
    expect(await scene.explain({ by: 'id', id: 'AAAABWFsaWNl' })).toEqual(told);
  });

  test('one that is denied may pass after a while, which is just long enough', async () => {
    const scene = new KeyScene(engine);
    const limit = limitOf(3, 9);
    scene.table.take('alice', limit, 3);
    scene.table.pass(0.4);
    const { bucket } = (await scene.explain(plain('alice'))) as { bucket: Record<string, number> };
    expect(bucket).toMatchObject({ remaining: 0, retryAfterSeconds: 2.6 });
    scene.table.pass(2.599);
    expect(scene.table.take('alice', limit).allowed).toBe(false);
    scene.table.pass(0.001);
    expect(scene.table.take('alice', limit).allowed).toBe(true);
  });

  test('a key without a bucket has none then either', async () => {
    const scene = new KeyScene(engine);
    expect(await scene.explain(plain('nobody'))).toMatchObject({ bucket: null, overflow: false });
    expect(scene.table.table.size).toBe(0);
    const full = new KeyScene(engine, 1);
    full.table.take('a', DAILY);
    full.table.take('b', BRIEF);
    expect(await full.explain(plain('b'))).toMatchObject({ bucket: null, overflow: true });
    full.table.pass(1);
    expect(await full.explain(plain('b'))).toMatchObject({ overflow: false });
  });

  test('and no look changes what is answered next', async () => {
    const [seen, unseen] = [new KeyScene(engine), new KeyScene(engine)];
    for (const scene of [seen, unseen]) scene.load(RULE_FILES);
    const answers: unknown[][] = [[], []];
    for (let i = 0; i < 40; i++) {
      for (const [n, scene] of [seen, unseen].entries()) {
        answers[n]?.push(scene.table.take('alice', limitOf(3 + (i % 2), 7), 1 + (i % 3)));
        answers[n]?.push(scene.ask('api', 'bob'));
        scene.table.pass(0.731);
      }
      await seen.explain(plain('alice'));
      await seen.explain(policy('bob'));
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe('by a policy', () => {
  const scene = new KeyScene();
  scene.load(RULE_FILES);
  const goesBy = async (key: string, limit: string | null = null, name = 'api') =>
    (await scene.explain(policy(key, limit, name)))['goesBy'];

  test('all limits are told, each with where it stands', async () => {
    for (let i = 0; i < 3; i++) expect(scene.ask('api', 'bob')).toBe(true);
    const told = await scene.explain(policy('bob'));
    const own = { kind: 'policy', policy: 'api', isDry: false, override: null, isForward: false };
    const minute = {
      limit: 'minute',
      bucket: { used: 3, remaining: 1, capacity: 4, tokensPerSecond: 0.5 },
      goesBy: {
        ...own,
        limit: 'minute: 4 per 8s, a token bucket',
        capacity: 4,
        where: { file: 'limits.yaml', line: 4 },
      },
    };
    const daily = {
      limit: 'daily',
      bucket: { used: 3, remaining: 3, capacity: 6, tokensPerSecond: null },
      goesBy: {
        ...own,
        limit: 'daily: 6 each day of UTC',
        capacity: 6,
        where: { file: 'limits.yaml', line: 5 },
      },
    };
    expect(told).toMatchObject({ namespace: 'policy', policy: 'api', key: 'bob', ...minute });
    expect(told['limits']).toMatchObject([minute, daily]);
    expect(await scene.explain(policy('bob', 'daily'))).toMatchObject(daily);
    const { id } = told;
    expect(await scene.explain({ by: 'id', id: id as string })).toEqual(told);
  });

  test('an override that holds is told with what led to it, and where', async () => {
    expect(await goesBy('gold-1', 'minute')).toMatchObject({
      limit: 'minute: 40 per 8s, a token bucket',
      capacity: 40,
      override: { by: 'gold-*', where: { file: 'limits.yaml', line: 7 } },
    });
    expect(await goesBy('staff')).toMatchObject({
      limit: null,
      override: { by: 'staff', always: 'allow', where: { line: 10 } },
    });
    expect(await goesBy('banned')).toMatchObject({ override: { always: 'deny' } });
  });

  test('a dry run, and a limit with a cost of its own', async () => {
    expect(scene.ask('trial', 'carl')).toBe(true);
    scene.table.pass(1.25);
    const told = await scene.explain(policy('carl', null, 'trial'));
    expect(told).toMatchObject({ goesBy: { isDry: true } });
    // One token is there by now, and a question takes two.
    expect(told['bucket']).toMatchObject({ remaining: 1, retryAfterSeconds: 0.75 });
  });

  test('what is no longer there, or never was', async () => {
    expect(await goesBy('bob', 'other')).toEqual({ kind: 'none' });
    expect(await goesBy('bob', 'minute', 'nothing')).toEqual({ kind: 'none' });
    const of = policy('bob', null, 'nothing');
    const answer = await scene.answers.answer({ kind: 'explain', of });
    expect(answer).toEqual({ kind: 'unknown', words: 'there is no policy "nothing"' });
  });

  test('a changed limit is the one that holds now, whatever the bucket was charged under', async () => {
    const changed = new KeyScene();
    changed.load(RULE_FILES);
    for (let i = 0; i < 4; i++) changed.ask('api', 'dora');
    changed.load({
      'limits.yaml': RULE_FILES['limits.yaml'].replaceAll('capacity: 4,', 'capacity: 9,'),
    });
    const told = await changed.explain(policy('dora', 'minute'));
    expect(told['bucket']).toMatchObject({ used: 4, remaining: 5, capacity: 9 });
  });
});

describe('by a rule of Envoy’s', () => {
  const scene = new KeyScene();
  scene.load(RULE_FILES);
  const named = (entries: readonly string[], unit = 0) =>
    withoutNamespace(bucketName({ domain: 'site', entries, shared: null, unit }));
  const goesBy = async (key: string) => (await scene.explain({ by: 'envoy', key }))['goesBy'];

  test('the rule is told, its way from the top, and where it stands', async () => {
    expect(await goesBy(named(['path', '/login', 'ip', '10.0.0.1']))).toEqual({
      kind: 'rule',
      domain: 'site',
      rule: [
        { key: 'path', value: '/login' },
        { key: 'ip', value: '' },
      ],
      limit: '5 per hour, token bucket',
      capacity: 5,
      isShadow: true,
      where: { file: 'envoy.yaml', line: 7 },
    });
    expect(await goesBy(named(['path', '/login']))).toMatchObject({
      limit: '3 per minute, fixed window',
      isShadow: false,
      where: { line: 3 },
    });
    expect(await goesBy(named(['free', 'x']))).toMatchObject({ limit: 'unlimited' });
  });

  //  a name, what it goes by
  test.each([
    [named(['path', '/login'], 2), { kind: 'descriptor', unit: 'minute' }],
    [named(['other', 'x']), { kind: 'none' }],
    ['no name of a bucket', { kind: 'none' }],
    ['!', { kind: 'none' }],
  ])('%s', async (key, wanted) => {
    expect(await goesBy(key)).toEqual(wanted);
  });
});

test('of a key of which only a part is kept, what it goes by is only known by its text', async () => {
  const scene = new KeyScene();
  scene.load(RULE_FILES);
  const key = 'x'.repeat(100);
  scene.ask('api', key);
  const told = await scene.explain(policy(key));
  expect(told).toMatchObject({ bucket: { used: 1 }, goesBy: { kind: 'policy' }, cut: {} });
  const byId = await scene.explain({ by: 'id', id: told['id'] as string });
  expect(byId).toMatchObject({ bucket: { used: 1 }, goesBy: { kind: 'none' }, cut: {} });
});

test('what is no id is nothing', async () => {
  const scene = new KeyScene();
  const answer = await scene.answers.answer({ kind: 'explain', of: { by: 'id', id: '<img>' } });
  expect(answer).toEqual({ kind: 'unknown', words: '"<img>" is no id of a bucket' });
});
