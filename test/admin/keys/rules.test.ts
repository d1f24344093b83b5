/** Policies and rules in force, and what a question would come to that takes nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RulesReport } from '../../../src/admin/keys/rules-report.ts';
import type { TrialReport } from '../../../src/admin/keys/trial.ts';
import { ENGINES } from '../../../src/table/table-memory.ts';
import { limitOf } from '../../table/tables.ts';
import { KeyScene, toldOf } from './key-scene.ts';

const FILES = {
  'limits.yaml': `policies:
  api:
    limits:
      - {name: minute, capacity: 4, interval: 8s}
      - {name: daily, capacity: 6, calendar: day}
    overrides:
      - keys: [gold-*]
        limits:
          - {name: minute, capacity: 40, interval: 8s}
      - keys: [banned]
        always: deny
  trial:
    dryRun: true
    limits: [{name: only, capacity: 2, interval: 2s, cost: 2}]
`,
  'envoy.yaml': `domain: site
descriptors:
  - key: path
    value: /login
    rate_limit: {unit: minute, requests_per_unit: 3}
    descriptors:
      - key: ip
        shadow_mode: true
        rate_limit: {unit: hour, requests_per_unit: 5}
`,
};
const NOTHING = { allowed: 0, denied: 0, wouldDeny: 0, exempt: 0 };

describe.each(ENGINES)('with %s', (engine) => {
  function loaded(): KeyScene {
    const scene = new KeyScene(engine);
    scene.load(FILES);
    return scene;
  }

  async function rules(scene: KeyScene, most = 100, from = 0): Promise<RulesReport> {
    const answer = await scene.answers.answer({ kind: 'rules', query: { most, from } });
    return toldOf(answer) as unknown as RulesReport;
  }

  async function tried(scene: KeyScene, question: object): Promise<TrialReport> {
    const body = JSON.stringify(question);
    return toldOf(await scene.answers.answer({ kind: 'try', body })) as unknown as TrialReport;
  }

  test('all are told, with where they stand and what was decided by them', async () => {
    const scene = loaded();
    for (let i = 0; i < 5; i++) scene.ask('api', 'alice');
    scene.ask('api', 'banned');
    for (let i = 0; i < 2; i++) scene.ask('trial', 'alice');
    expect(await rules(scene)).toEqual({
      policies: [
        {
          name: 'api',
          file: 'limits.yaml',
          line: 2,
          isDry: false,
          isForward: false,
          overrides: 2,
          limits: [
            {
              name: 'minute',
              line: 4,
              limit: 'minute: 4 per 8s, a token bucket',
              capacity: 4,
              ...NOTHING,
              allowed: 4,
              denied: 1,
              exempt: 1,
            },
            {
              name: 'daily',
              line: 5,
              limit: 'daily: 6 each day of UTC',
              capacity: 6,
              ...NOTHING,
              // All or none: what one limit denies is not taken from another.
              allowed: 4,
              exempt: 1,
            },
          ],
        },
        expect.objectContaining({
          name: 'trial',
          line: 12,
          isDry: true,
          limits: [expect.objectContaining({ name: 'only', allowed: 1, wouldDeny: 1 })],
        }),
      ],
      rules: [
        expect.objectContaining({
          domain: 'site',
          file: 'envoy.yaml',
          line: 3,
          rule: [{ key: 'path', value: '/login' }],
          limit: '3 per minute, fixed window',
          isShadow: false,
        }),
        expect.objectContaining({ isShadow: true, limit: '5 per hour, fixed window' }),
      ],
      cursor: null,
    });
  });

  test('in pages, each once', async () => {
    const scene = loaded();
    const names: string[] = [];
    let from = 0;
    for (;;) {
      const page = await rules(scene, 1, from);
      expect(page.policies.length + page.rules.length).toBe(1);
      names.push(...page.policies.map(({ name }) => name), ...page.rules.map(({ limit }) => limit));
      if (page.cursor === null) break;
      from = Number(page.cursor);
    }
    expect(names).toEqual([
      'api',
      'trial',
      '3 per minute, fixed window',
      '5 per hour, fixed window',
    ]);
    expect(await rules(scene, 5, 4)).toEqual({ policies: [], rules: [], cursor: null });
  });

  test('a question that is tried says what asking would, and takes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ cost: fc.nat(5), seconds: fc.nat(3) }), { maxLength: 12 }),
        fc.nat(5),
        async (before, cost) => {
          const scene = new KeyScene(engine);
          const limit = limitOf(4, 8);
          for (const one of before) {
            scene.table.take('alice', limit, Math.min(one.cost, 4));
            scene.table.pass(one.seconds);
          }
          const asked = Math.min(cost, 4);
          const question = { key: 'alice', capacity: 4, interval: 8, cost: asked };
          const { allowed, limits } = await tried(scene, question);
          expect(await tried(scene, question)).toEqual({
            allowed,
            limits,
            isDry: false,
            override: null,
          });
          const look = scene.table.take('alice', limit, 0);
          const decision = scene.table.take('alice', limit, asked);
          expect(limits).toEqual([
            {
              capacity: 4,
              cost: asked,
              allowed: decision.allowed,
              remaining: look.remaining,
              retryAfterMs: decision.retryAfterMs,
            },
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('by a policy each limit says what it would, and which override holds', async () => {
    const scene = loaded();
    for (let i = 0; i < 4; i++) scene.ask('api', 'alice');
    expect(await tried(scene, { policy: 'api', key: 'alice' })).toEqual({
      allowed: false,
      isDry: false,
      override: null,
      limits: [
        {
          limit: 'minute',
          capacity: 4,
          cost: 1,
          allowed: false,
          remaining: 0,
          retryAfterMs: 2_000,
        },
        { limit: 'daily', capacity: 6, cost: 1, allowed: true, remaining: 2, retryAfterMs: 0 },
      ],
    });
    expect(await tried(scene, { policy: 'api', key: 'gold-1', cost: 41 })).toMatchObject({
      allowed: false,
      override: 'gold-*',
      limits: [
        { limit: 'minute', allowed: false, remaining: 40, retryAfterMs: null },
        { limit: 'daily', allowed: false, remaining: 6, retryAfterMs: null },
      ],
    });
    expect(await tried(scene, { policy: 'api', key: 'banned' })).toEqual({
      allowed: false,
      isDry: false,
      override: 'banned',
      limits: [],
    });
    scene.ask('trial', 'alice');
    expect(await tried(scene, { policy: 'trial', key: 'alice' })).toMatchObject({
      allowed: true,
      isDry: true,
      limits: [{ allowed: false, cost: 2 }],
    });
    // Nobody got a bucket by it, and nothing was counted.
    expect(
      await scene.explain({ by: 'policy', policy: 'api', limit: null, key: 'gold-1' }),
    ).toMatchObject({
      bucket: null,
    });
    const [api] = (await rules(scene)).policies;
    expect(api?.limits[0]).toMatchObject({ allowed: 4, denied: 0, exempt: 0 });
  });

  //  the body, the field, words
  test.each([
    ['', undefined, 'is empty'],
    ['[]', undefined, 'JSON object'],
    ['{"key":"a"}', 'capacity', 'capacity must be'],
    ['{"key":"a","policy":"none"}', 'policy', 'none'],
    ['{"key":"","capacity":1,"interval":1}', 'key', '1 to 256'],
    ['{"key":"a","capacity":1,"interval":1,"cost":2}', 'cost', 'the capacity'],
    ['{"key":"a","capacity":1,"interval":1,"what":2}', 'what', 'is not a field'],
  ])('%s cannot be tried', async (body, field, words) => {
    const answer = await loaded().answers.answer({ kind: 'try', body });
    expect(answer).toEqual({ kind: 'bad', field, fault: expect.stringContaining(words) });
  });
});
