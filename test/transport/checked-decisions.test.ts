/**
 * What is no whole number never reaches the wire: wherever a decision is written its numbers are
 * looked at, and whoever makes one of numbers that are none is found out there.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { OPEN } from '../../src/access/grant.ts';
import { decide } from '../../src/bucket/decide.ts';
import { checked, type Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { fullBucket } from '../../src/bucket/token-bucket.ts';
import type { FromExchanger, ToExchanger } from '../../src/lease/ask-messages.ts';
import { decisionsOf } from '../../src/lease/fetcher/store-decisions.ts';
import { SharedLimiter } from '../../src/lease/holder/shared-limiter.ts';
import { LeaseTable } from '../../src/lease/lease-table.ts';
import { packAnswers, unpackAnswers } from '../../src/lease/packed.ts';
import type { SharingSettings } from '../../src/lease/settings.ts';
import { StoreStatus } from '../../src/lease/store-status.ts';
import { decideByShare } from '../../src/lease/terms/share.ts';
import type { Limiter, Question } from '../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { AllRoute } from '../../src/transport/http/asking/all-route.ts';
import type { Answer } from '../../src/transport/http/asking/answer.ts';
import { BatchRoute, type BatchRouteParts } from '../../src/transport/http/asking/batch-route.ts';
import {
  ForwardRoute,
  type ForwardRouteParts,
} from '../../src/transport/http/asking/forward-route.ts';
import { LimitRoute, type LimitRouteParts } from '../../src/transport/http/asking/limit-route.ts';
import { RequestReader } from '../../src/transport/question/request-reader.ts';
import { Session } from '../../src/transport/resp/commands/session.ts';
import { Interpreter } from '../../src/transport/resp/interpreter.ts';
import { SETTINGS } from '../lease/fetcher/exchanger-scene.ts';
import { policiesOver } from '../policies/policy-scene.ts';
import { FakeTime } from '../support/fake-time.ts';
import { words } from '../support/resp-frames.ts';
import { limitOf } from '../table/tables.ts';
import { forgetfulGuard } from './access/token-guards.ts';

const LIMIT = limitOf(10, 1);
/** As a record of zeros would make one. */
const NO_LIMIT: Limit = { ...LIMIT, capacity: Number.NaN };
const POLICIES = `
policies:
  p: {limits: [{name: all, capacity: 10, interval: 1s}], forward: {key: [address], missing: alice}}
`;

const GOOD: Decision = {
  allowed: false,
  limit: 10,
  remaining: 3,
  retryAfterMs: 5,
  resetAfterMs: 7,
  nextTokenMs: 1,
  degraded: false,
};
const FIELDS = ['limit', 'remaining', 'retryAfterMs', 'resetAfterMs', 'nextTokenMs'] as const;

const cells = new Cells(Cells.reserve(1), 0);

function saying(decision: Decision): Limiter {
  const health = { isReady: true, words: 'OK' };
  const takeAll = () => ({ allowed: false, each: [decision] });
  return { take: () => decision, takeAll, reset: () => true, health, size: 0, maxKeys: 1 };
}

/** The parts of the HTTP routes, whose answers go into `written`. */
function parts(decision: Decision, written: string[]) {
  const replies = {
    give: <T>(_: ServerResponse, what: T, give: (what: T) => void) => give(what),
    text: (_: ServerResponse, body: string) => written.push(body),
    send: (_: ServerResponse, _status: number, _head: string[], body: string) => written.push(body),
    empty: (_: ServerResponse, _status: number, head: string[]) => written.push(...head),
  };
  const limiter = saying(decision);
  const { asker, book } = policiesOver(limiter, POLICIES);
  const reader = new RequestReader({ policies: book });
  const tokenGuard = forgetfulGuard('', cells);
  const asked = { reader, limiter, asker, book, caller: null };
  const all = { ...asked, cells, clock: () => 0, replies, deniedStatus: 429 };
  return { ...all, tokenGuard, defaultAnswer: 'json' } as unknown as LimitRouteParts &
    BatchRouteParts &
    ForwardRouteParts;
}

const res = {} as ServerResponse;
const QUESTION = { key: 'alice', limit: LIMIT, cost: 1 };
const ASKED = { key: 'alice', capacity: 10, interval: 1 };
const BY_POLICY = { policy: 'p', key: 'alice' };

function batch(decision: Decision, written: string[], body: unknown): void {
  const some = parts(decision, written);
  const route = new BatchRoute({ ...some, allRoute: new AllRoute(some) });
  route.received({} as never, res, Buffer.from(JSON.stringify(body)), OPEN);
}

function resp(decision: Decision, written: string[], command: string): void {
  const tokenGuard = forgetfulGuard('', cells);
  const hasTime = () => true;
  const limiter = saying(decision);
  const policies = policiesOver(limiter, POLICIES);
  const parts = { limiter, policies, cells, tokenGuard, serviceVersion: '', hasTime };
  const interpreter = new Interpreter(parts);
  interpreter.run(new Session(1, '192.0.2.1'), Buffer.from(words(command)), 0, 0);
  written.push(interpreter.replies.take() as string);
}

//  where decisions are written
const exits: readonly (readonly [string, (decision: Decision, written: string[]) => void])[] = [
  [
    'an answer over HTTP',
    (decision, written) => {
      const route = new LimitRoute(parts(decision, written));
      written.push((route.answer(QUESTION, undefined, 0) as Answer).body);
    },
  ],
  [
    'an answer over HTTP by a policy',
    (decision, written) => {
      const some = parts(decision, written);
      const reading = some.reader.readValue(BY_POLICY, 'the body');
      if (!reading.ok) throw new Error(reading.fault);
      written.push((new LimitRoute(some).answer(reading.question, undefined, 0) as Answer).body);
    },
  ],
  [
    'the fields of forward-auth',
    (decision, written) => {
      const req = { url: '/api/v1/forward/p', rawHeaders: [] } as unknown as IncomingMessage;
      new ForwardRoute(parts(decision, written)).handle(req, res);
    },
  ],
  ['a batch by policy', (decision, written) => batch(decision, written, [BY_POLICY])],
  ['all or none by policy', (decision, written) => batch(decision, written, { all: [BY_POLICY] })],
  ['ARGUS.TAKE', (decision, written) => resp(decision, written, 'ARGUS.TAKE p alice')],
  ['a batch', (decision, written) => batch(decision, written, [ASKED])],
  ['all or none', (decision, written) => batch(decision, written, { all: [ASKED] })],
  ['CL.THROTTLE', (decision, written) => resp(decision, written, 'CL.THROTTLE alice 9 10 1')],
  ['THROTTLE', (decision, written) => resp(decision, written, 'THROTTLE alice 10 10 1')],
];

describe.each(exits)('%s', (_, write) => {
  test('says a good decision', () => {
    const written: string[] = [];
    write(GOOD, written);
    expect(written.join()).toContain('10');
  });

  test.each(FIELDS)('says nothing where %s is no number', (field) => {
    const written: string[] = [];
    expect(() => write({ ...GOOD, [field]: Number.NaN }, written)).toThrow('whole number');
    expect(written).toEqual([]);
  });
});

function leases(): LeaseTable {
  return new LeaseTable(reserveTable(10, { holds: 'leases', shards: 1 }), cells);
}

/** A limiter whose store is away, or answers with `answer`. */
function shared(settings: Partial<SharingSettings>, answer?: Decision): SharedLimiter {
  const time = new FakeTime();
  const status = new StoreStatus(StoreStatus.reserve(1, time.nowUs));
  if (answer !== undefined) status.comeBack();
  const send = (messages: readonly ToExchanger[]) => {
    for (const message of messages) {
      if (message.kind !== 'ask' || answer === undefined) continue;
      const decided: FromExchanger = { kind: 'decided', id: message.id, decision: answer, seq: 1 };
      for (const told of unpackAnswers(packAnswers([decided]))) limiter.receive(told);
    }
  };
  const limiter = new SharedLimiter({
    leases: leases(),
    maxKeys: 10,
    status,
    settings: { ...SETTINGS, ...settings },
    cells,
    clock: time.clock,
    timers: { ...time, soon: (task) => void queueMicrotask(task), after: () => () => undefined },
    send,
  });
  return limiter;
}

const asked = (limit: Limit, cost = 1): Question => ({ key: 'alice', limit, cost });
const NOT_A_NUMBER: Decision = { ...GOOD, source: 'store', resetAfterMs: Number.NaN };

/** What is told by a note that never ends. */
function noted(): Decision {
  const table = leases();
  const { count, period, tickUs } = LIMIT;
  const bucket = { used: 10 * period, atUs: 0, count, period, tickUs };
  const lease = { limit: LIMIT, keep: 0, kept: 0, grant: 0, deadlineUs: 1_000 };
  const note = { deniedCost: 1, deniedUntilUs: Number.POSITIVE_INFINITY };
  table.settle('alice', { ...lease, bucket, ...note }, 0);
  return table.take(asked(LIMIT), 1) as Decision;
}

function byStore(limit: Limit): Decision {
  const { count, period, tickUs } = LIMIT;
  const sent = {
    state: { cost: 1 },
    exchange: { limit, holds: 0, costs: [1], want: 0 },
    asks: [{ cost: 1, strict: true }],
  };
  const bucket = { used: 10 * period, sinceUs: 0, count, period, tickUs };
  const reply = { ...bucket, held: 0, grant: 0, others: 0, active: 1, allowed: [false] };
  const now = { nowUs: 1, instances: 1 };
  return decisionsOf(sent as never, reply as never, now)[0] as Decision;
}

//  who makes decisions, of numbers that are none
const makers: readonly (readonly [string, () => Decision | Promise<Decision>])[] = [
  [
    'a bucket',
    () => decide(fullBucket(), NO_LIMIT, { cost: 1, nowUs: 1 }, { allowed: true, degraded: false }),
  ],
  [
    'a share',
    () => {
      const share = { sinceUs: 0, bucket: fullBucket() };
      const answer = { allowed: true, source: 'fallback' } as const;
      return decideByShare(share, LIMIT, { cost: Number.NaN, nowUs: Number.NaN }, answer);
    },
  ],
  [
    'a table',
    () => new LocalLimiter(reserveTable(9, { shards: 1 }), cells).take(asked(NO_LIMIT), 1),
  ],
  [
    'a table, all or none',
    () =>
      new LocalLimiter(reserveTable(9, { shards: 1 }), cells).takeAll([asked(NO_LIMIT)], 1)
        .each[0] as Decision,
  ],
  ['the note of a denial', noted],
  ['an answer of the store', () => byStore(NO_LIMIT)],
  ['a message of the exchanger', () => shared({}, NOT_A_NUMBER).take(asked(LIMIT), 1)],
  [
    'all or none by the store',
    async () => (await shared({}, NOT_A_NUMBER).takeAll([asked(LIMIT)], 1)).each[0] as Decision,
  ],
  ...(['open', 'closed', 'local'] as const).flatMap(
    (onStoreDown): [string, () => Promise<Decision> | Decision][] => [
      [`${onStoreDown}, the store away`, () => shared({ onStoreDown }).take(asked(NO_LIMIT, 0), 1)],
      [
        `${onStoreDown}, all or none`,
        async () =>
          (await shared({ onStoreDown }).takeAll([asked(NO_LIMIT)], 1)).each[0] as Decision,
      ],
    ],
  ),
  [
    'what is out of the share',
    () => {
      const share = { limit: null, outage: { number: 1, sinceUs: 0 }, source: 'late' } as const;
      return leases().takeShare(asked(NO_LIMIT), share, 1);
    },
  ],
];

test.each(makers)('%s is found out', async (_, make) => {
  await expect((async () => checked(await make()))()).rejects.toThrow(/whole number|to a BigInt/);
});
