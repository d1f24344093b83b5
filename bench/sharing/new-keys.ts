/**
 * Keys that nobody has asked for: each has to be decided by the store. Many at a time, with all
 * settings as they are by default; who asks for a single one beside them; and what such a decision
 * costs.
 */
import { type RespService, startResp } from '../../test/support/resp-service.ts';
import { scrape } from '../../test/support/scrape.ts';
import type { Program } from '../compare/program.ts';
import { startRedis } from '../compare/redis.ts';
import { Child } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, quantile, range } from '../support/statistics.ts';
import { type Checkout, scriptOf } from './checkout.ts';
import type { CrowdAnswer, CrowdQuestion } from './crowd.ts';

export interface NewKeysPlan {
  /** How often a thousand are asked for in each way. */
  readonly times: number;
  /** Batches beside the one who asks for single keys. */
  readonly besideTimes: number;
  readonly rounds: number;
  readonly batches: number;
}

export interface NewKeysBench {
  readonly report: Report;
  readonly plan: NewKeysPlan;
  /** Whose CPU a decision is held against ours. */
  readonly against: Checkout | null;
}

const MANY = 1_000;
const CONNECTIONS = 400;
const BATCH = 100;
const FLOOD_EVERY_MS = 200;
const SINGLE_EVERY_MS = 20;

/** Where CPU is what counts, each side is given the time to do all of the work. */
const PATIENT = ['--store-timeout-ms', '5000'];
/** Versions before 0.4.0 wait for the store as long as that. */
const PATIENT_NOW = ['--decide-within-ms', '10000'];

const LEAST_FROM_STORE = 100;
const MOST_SINGLE_MS = 20;
const MOST_CPU = 0.6;

export async function measureNewKeys({ report, plan, against }: NewKeysBench): Promise<void> {
  const script = new URL('./crowd.ts', import.meta.url);
  const [crowd, single] = [new Child({ script }), new Child({ script })];
  const sides: Side[] = [];
  try {
    const ours = await Side.start('ours', null);
    sides.push(ours);
    await measureWays(report, plan, crowd, ours);
    await measureBeside(report, plan, [crowd, single], ours);
    const patient = await Side.start('ours', null, [...PATIENT, ...PATIENT_NOW]);
    sides.push(patient);
    const theirs = against && (await Side.start(against.name, against, PATIENT));
    if (theirs !== null) sides.push(theirs);
    await measureCpu(report, plan, crowd, sides.slice(1));
  } finally {
    await Promise.all([crowd, single].map((child) => child.end()));
    await Promise.all(sides.map((side) => side.stop()));
  }
}

async function measureWays(
  report: Report,
  { times }: NewKeysPlan,
  crowd: Child,
  side: Side,
): Promise<void> {
  const ways = [
    ['a batch of 1,000', 'batch', MANY],
    ['a pipeline of 1,000', 'pipeline', MANY],
    ['400 connections, a key each', 'connections', CONNECTIONS],
  ] as const;
  const rows: Row[] = [];
  for (const [words, by, size] of ways) {
    const question = { by, size, times, everyMs: FLOOD_EVERY_MS };
    const { answer, fromStore } = await side.counting(() => side.ask(crowd, question));
    rows.push(rowOf(words, answer, fromStore));
    const told = `${words} of new keys: % decided by the store, allowed`;
    report.goal({ words: told, value: decidedPercent(answer, fromStore), least: LEAST_FROM_STORE });
  }
  report.table('New keys, all settings by default, every 0.2 s', rows);
}

async function measureBeside(
  report: Report,
  { besideTimes }: NewKeysPlan,
  [crowd, single]: readonly [Child, Child],
  side: Side,
): Promise<void> {
  const flood = { by: 'batch', size: MANY, times: besideTimes, everyMs: FLOOD_EVERY_MS } as const;
  const times = Math.floor((besideTimes * FLOOD_EVERY_MS) / SINGLE_EVERY_MS);
  const alone = { by: 'connections', size: 1, times, everyMs: SINGLE_EVERY_MS } as const;
  const { answer, fromStore } = await side.counting(async () => {
    const both = await Promise.all([side.ask(crowd, flood), side.ask(single, alone)]);
    return {
      asked: both[0].asked + both[1].asked,
      allowed: both[0].allowed + both[1].allowed,
      both,
    };
  });
  const [many, one] = answer.both;
  report.table('Batches of 1,000 new keys every 0.2 s, and one new key every 20 ms', [
    rowOf('batches', many, Number.NaN),
    rowOf('one key', one, Number.NaN),
  ]);
  const words = 'one new key beside batches of 1,000';
  report.goal({ words: `${words}: denied`, value: one.asked - one.allowed, most: 0 });
  report.goal({
    words: `${words}: p99, ms`,
    value: quantile(one.tookMs, 0.99),
    most: MOST_SINGLE_MS,
  });
  report.goal({
    words: `${words}: % decided by the store, allowed, batches included`,
    value: decidedPercent(answer, fromStore),
    least: LEAST_FROM_STORE,
  });
}

async function measureCpu(
  report: Report,
  { rounds, batches }: NewKeysPlan,
  crowd: Child,
  sides: readonly Side[],
): Promise<void> {
  const question = { by: 'batch', size: BATCH, times: batches, everyMs: 0 } as const;
  for (const side of sides) await side.ask(crowd, question);
  for (const round of range(rounds)) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const before = side.cpuSeconds;
      const { fromStore, answer } = await side.counting(() => side.ask(crowd, question));
      const used = side.cpuSeconds.map((seconds, i) => seconds - (before[i] as number));
      side.runs.push({ answer, fromStore, us: used.map((s) => (s / answer.asked) * 1e6) });
    }
  }
  report.table(
    'Batches of 100 new keys, one after the other: CPU us a decision',
    sides.map(({ name, runs }) => ({
      version: name,
      'CPU us each': median(runs.map(({ us }) => us[0] as number)),
      'Redis us each': median(runs.map(({ us }) => us[1] as number)),
      'p50 ms': median(runs.flatMap(({ answer }) => answer.tookMs)),
      'from store %': median(runs.map((run) => decidedPercent(run.answer, run.fromStore))),
    })),
  );
  for (const { name, runs } of sides) {
    const isAll = runs.every(({ answer, fromStore }) => fromStore === answer.asked);
    report.check(isAll, `${name}: the store decides each of a batch of 100, given the time`);
  }
  const [ours, theirs] = sides;
  if (ours === undefined || theirs === undefined) return;
  report.goal({
    words: `batches of 100 new keys: CPU a decision over that of ${theirs.name}, Redis included`,
    value: medianRatio(ours.runs.map(allUs), theirs.runs.map(allUs)),
    most: MOST_CPU,
  });
}

interface Run {
  readonly answer: CrowdAnswer;
  readonly fromStore: number;
  /** CPU a decision, of the instance and of its Redis. */
  readonly us: readonly number[];
}

function allUs({ us }: Run): number {
  return us.reduce((sum, one) => sum + one, 0);
}

/** An instance, and a Redis of its own. */
class Side {
  readonly name: string;
  readonly runs: Run[] = [];
  readonly #service: RespService;
  readonly #redis: Program;
  #asked = 0;

  private constructor(name: string, service: RespService, redis: Program) {
    this.name = name;
    this.#service = service;
    this.#redis = redis;
  }

  static async start(
    name: string,
    checkout: Checkout | null,
    more: readonly string[] = [],
  ): Promise<Side> {
    const redis = await startRedis('redis-server', undefined);
    try {
      const flags = ['--redis-url', `redis://127.0.0.1:${redis.port}`, ...more];
      return new Side(name, await startResp({ flags, ...scriptOf(checkout) }), redis);
    } catch (error) {
      await redis.stop();
      throw error;
    }
  }

  get cpuSeconds(): readonly [instance: number, redis: number] {
    return [cpuSeconds(this.#service.process.pid ?? 0), cpuSeconds(this.#redis.pid)];
  }

  ask(crowd: Child, question: Omit<CrowdQuestion, 'port' | 'name'>): Promise<CrowdAnswer> {
    const { port, respPort } = this.#service;
    const name = `new-${this.#asked++}`;
    return crowd.ask({ ...question, port: question.by === 'pipeline' ? respPort : port, name });
  }

  /** How many decisions were the store's meanwhile. */
  async counting<T>(action: () => Promise<T>): Promise<{ answer: T; fromStore: number }> {
    const before = await this.#fromStore();
    const answer = await action();
    return { answer, fromStore: (await this.#fromStore()) - before };
  }

  async stop(): Promise<void> {
    await this.#service.stop();
    await this.#redis.stop();
  }

  async #fromStore(): Promise<number> {
    const samples = await scrape(this.#service);
    return samples.get('argus_decisions_by_source_total{source="store"}') ?? 0;
  }
}

function rowOf(name: string, answer: CrowdAnswer, fromStore: number): Row {
  const { asked, allowed, tookMs } = answer;
  return {
    'asked by': name,
    keys: asked,
    'from store %': (fromStore / asked) * 100,
    denied: asked - allowed,
    'p50 ms': median(tookMs),
    'p99 ms': quantile(tookMs, 0.99),
  };
}

/** Of those that were asked: the lesser of what the store decided and what was allowed. */
function decidedPercent(
  { asked, allowed }: Pick<CrowdAnswer, 'asked' | 'allowed'>,
  fromStore: number,
): number {
  return (Math.min(fromStore, allowed) / asked) * 100;
}
