/** Those who ask: phase after phase at each key, as the plan says, and what they were told. */
import type { Decision } from '../../src/bucket/decision.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import type { Asked, Decisions, Question } from '../../src/limiter/limiter.ts';
import type { Chance } from './chance.ts';
import type { Instance } from './instance.ts';
import type { Judges } from './judges.ts';
import type { KeyPlan, Phase, Plan } from './plan.ts';
import type { Timeline } from './timeline.ts';

export interface LoadParts {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly judges: Judges;
  /** The instance with this number, unless it is down. */
  readonly instance: (number: number) => Instance | undefined;
  readonly log: (line: () => string) => void;
  readonly count: (event: string) => void;
}

/** What somebody was told. */
export interface Answer {
  readonly askedUs: number;
  readonly toldUs: number;
  readonly question: Question;
  readonly decision: Decision;
}

/** Too small for a lease. */
const FRESH = limitOf({ capacity: 10, count: 10, periodUs: 3_600_000_000 }) as Limit;
/** By a clock that is as fast as any. */
const MS_BY_ANY_CLOCK = 1_001;

export class Load {
  readonly answers: Answer[] = [];
  readonly #parts: LoadParts;
  /** Who waits for an answer, at which instance. */
  readonly #waiting = new Map<number, Instance>();
  #nextId = 0;
  #fresh = 0;

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  start(): void {
    const { plan, timeline } = this.#parts;
    for (const key of plan.keys) this.#phase(key, 0);
    if (plan.flood === null) return;
    const { keys, everyUs, innocentUs } = plan.flood;
    const endUs = timeline.nowUs + plan.forUs;
    this.#askFresh(keys, everyUs, endUs);
    this.#askFresh(1, innocentUs, endUs);
  }

  /** So many keys that nobody asked for before, in one piece, again and again. */
  #askFresh(keys: number, everyUs: number, endUs: number): void {
    const { timeline, instance, chance, judges } = this.#parts;
    if (timeline.nowUs + everyUs >= endUs) return;
    timeline.after(everyUs, () => {
      this.#askFresh(keys, everyUs, endUs);
      const asked = instance(0);
      if (asked === undefined) return;
      const limiter = chance.pick(asked.limiters);
      const [clockUs, { nowUs }] = [asked.clock(), timeline];
      for (let i = 0; i < keys; i++) {
        const question = { key: `fresh ${this.#fresh++}`, limit: FRESH, cost: 1 };
        judges.asked(asked, question.key);
        this.#await(asked, limiter.take(question, clockUs), (decision) =>
          this.#told(asked, nowUs, [question], [decision]),
        );
      }
    });
  }

  /** How many were never answered. Those of an instance that has died are not counted. */
  get unanswered(): number {
    return [...this.#waiting.values()].filter(({ isAlive }) => isAlive).length;
  }

  #phase(key: KeyPlan, number: number): void {
    const phase = key.phases[number];
    if (phase === undefined) return;
    const { plan, timeline } = this.#parts;
    const endUs = timeline.nowUs + phase.forUs;
    if (plan.isPatient) this.#askPatiently(key, phase, endUs);
    else if (phase.everyUs > 0) this.#askAgain(key, phase, endUs);
    timeline.after(phase.forUs, () => this.#phase(key, number + 1));
  }

  #askAgain(key: KeyPlan, phase: Phase, endUs: number): void {
    const { timeline, chance } = this.#parts;
    const us = 1 + Math.floor(-Math.log(1 - chance.next()) * phase.everyUs);
    if (timeline.nowUs + us >= endUs) return;
    timeline.after(us, () => {
      for (let i = 0; i < phase.burst; i++) this.#ask(key, chance.pick(phase.at));
      this.#askAgain(key, phase, endUs);
    });
  }

  /** One question after the other; the same again where it was denied. */
  #askPatiently(key: KeyPlan, phase: Phase, endUs: number, again?: Question): void {
    const { timeline, chance, instance } = this.#parts;
    const asked = instance(chance.pick(phase.at));
    if (asked === undefined || timeline.nowUs >= endUs) return;
    const question = again ?? this.#question(key);
    this.#parts.judges.asked(asked, question.key);
    const { nowUs } = timeline;
    this.#await(asked, this.#limiter(asked).take(question, asked.clock()), (decision) => {
      this.#told(asked, nowUs, [question], [decision]);
      const { allowed, retryAfterMs } = decision;
      const waitUs = allowed ? chance.between(0, phase.everyUs) : retryAfterMs * MS_BY_ANY_CLOCK;
      const next = allowed ? undefined : question;
      timeline.after(waitUs, () => this.#askPatiently(key, phase, endUs, next));
    });
  }

  #ask(key: KeyPlan, number: number): void {
    const { plan, chance, instance } = this.#parts;
    const asked = instance(number);
    if (asked === undefined) return;
    const kind = chance.next();
    if (kind < plan.resets) this.#reset(asked, key);
    else if (kind < plan.resets + plan.all) this.#askAll(asked, key);
    else this.#askOne(asked, key);
  }

  #askOne(instance: Instance, key: KeyPlan): void {
    const { plan, chance, timeline } = this.#parts;
    const question = this.#question(key);
    const isRefund = chance.is(plan.refunds);
    // Now and then far more than was taken.
    const asked = isRefund
      ? { ...question, cost: question.cost % 2 === 0 ? -1_000 : -1 }
      : this.#drawing(key, question);
    this.#parts.judges.asked(instance, asked.key);
    const limiter = this.#limiter(instance);
    const { nowUs } = timeline;
    if (key.isKept) {
      const answer = limiter.takeAll([this.#keptOf(key, asked)], instance.clock());
      this.#await<Decisions>(instance, answer, ({ each }) =>
        this.#told(instance, nowUs, [asked], each),
      );
      return;
    }
    const answer = limiter.take(asked, instance.clock());
    this.#await(instance, answer, (decision) => this.#told(instance, nowUs, [asked], [decision]));
  }

  #askAll(instance: Instance, key: KeyPlan): void {
    const { plan, chance, timeline, count } = this.#parts;
    const { nowUs } = timeline;
    const others = plan.keys.filter((other) => other !== key && chance.is(0.5));
    const keys = [key, ...others];
    const questions = keys.map((one) => this.#question(one));
    for (const one of questions) this.#parts.judges.asked(instance, one.key);
    const asked = questions.map((one, i) => this.#keptOf(keys[i] as KeyPlan, one));
    const answer = this.#limiter(instance).takeAll(asked, instance.clock());
    this.#await<Decisions>(instance, answer, ({ allowed, each }) => {
      count(`all ${allowed ? 'taken' : 'denied'}`);
      this.#told(
        instance,
        nowUs,
        questions,
        each.map((one) => ({ ...one, allowed: one.allowed && allowed })),
      );
    });
  }

  #reset(instance: Instance, { key }: KeyPlan): void {
    this.#await(instance, this.#limiter(instance).reset(key, instance.clock()), (existed) => {
      this.#parts.count('reset');
      this.#parts.log(() => `${instance.name} reset ${key}: ${existed}`);
    });
  }

  #question({ key, limits, mostCost }: KeyPlan): Question {
    const { plan, chance } = this.#parts;
    const limit = chance.pick(limits);
    const most = Math.min(mostCost, limit.capacity);
    const cost = chance.is(0.02) ? chance.pick([0, limit.capacity]) : chance.between(1, most);
    return { key, limit, cost, strict: chance.is(plan.strict) };
  }

  /** Now and then takes it in any case, and more of it. The judges know one limit and no ticks. */
  #drawing({ isKept, limits }: KeyPlan, question: Question): Question {
    const { plan, chance } = this.#parts;
    const { limit, cost } = question;
    const isJudged = isKept && limits.length === 1 && limit.tickUs === 1;
    if (!isJudged || !chance.is(plan.overdrafts)) return question;
    const drawn = cost * chance.pick([1, 1, 5]);
    return { ...question, cost: Math.min(drawn, 2 * limit.capacity), overdraft: true };
  }

  /** The same, under a limit that the service keeps where it is such a key. */
  #keptOf({ isKept }: KeyPlan, question: Question): Asked {
    if (!isKept) return question;
    const { plan, chance, count } = this.#parts;
    const { key, limit, cost, overdraft = false } = question;
    const isDry = chance.is(plan.dry);
    count(isDry ? 'dry' : 'kept');
    // Now and then more than there can be.
    const isNever = cost > 0 && !overdraft && chance.is(0.02);
    const kept = { rate: limit, window: null };
    return { key, kept, cost: isNever ? limit.capacity + cost : cost, overdraft, isDry };
  }

  #limiter({ limiters }: Instance): Instance['limiters'][number] {
    return this.#parts.chance.pick(limiters);
  }

  #await<T>(instance: Instance, answer: T | Promise<T>, told: (answer: T) => void): void {
    if (!(answer instanceof Promise)) {
      told(answer);
      return;
    }
    const { timeline, judges } = this.#parts;
    const id = this.#nextId++;
    const sinceUs = timeline.nowUs;
    this.#waiting.set(id, instance);
    void answer.then((value) => {
      this.#waiting.delete(id);
      judges.answeredWithin(timeline.nowUs - sinceUs);
      told(value);
    });
  }

  #told(
    instance: Instance,
    askedUs: number,
    asked: readonly Question[],
    decisions: readonly Decision[],
  ): void {
    const { judges, timeline, log } = this.#parts;
    decisions.forEach((decision, i) => {
      const question = asked[i] as Question;
      const { allowed, retryAfterMs } = decision;
      this.answers.push({ askedUs, toldUs: timeline.nowUs, question, decision });
      log(() => `${instance.name} ${JSON.stringify(question)} ${JSON.stringify(decision)}`);
      // One of several that was not taken after all is no denial: it alone would have been allowed.
      if (allowed || retryAfterMs > 0) judges.told(instance.name, question, decision, askedUs);
    });
  }
}
