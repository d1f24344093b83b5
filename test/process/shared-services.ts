/** Instances of the service that share one store, and tallies of what they admit together. */
import { setTimeout as sleep } from 'node:timers/promises';
import { members, post } from '../support/ask.ts';
import { type Answer, RawClient } from '../support/raw-http.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { type Samples, scrape } from '../support/scrape.ts';
import type { Service } from '../support/service.ts';
import { type Item, itemsOf, postMany } from '../transport/http/batch.ts';

/** A question as it is sent. */
export interface Asked {
  readonly key: string;
  readonly capacity: number;
  readonly interval: number;
  readonly unit?: string;
  readonly cost?: number;
  readonly strict?: boolean;
}

/** A decision as it is answered. */
export interface Answered {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
  readonly degraded?: boolean;
  readonly source?: string;
}

/** Long enough for anything here, however busy the machine is. */
const PATIENCE_MS = 20_000;
/** A store on a busy machine is not away: what waits for it here has the time. */
const PATIENT = ['--store-timeout-ms', '5000'];
/** What stops at SIGTERM does so at once. */
const USUAL = ['--threads', '2', '--max-keys', '10000', '--drain-delay-ms', '0'];

/** Starts so many instances at once. A flag that is given here wins. */
export function startInstances(
  count: number,
  redisUrl: string,
  flags: readonly string[] = [],
): Promise<RespService[]> {
  const all = [...USUAL, ...PATIENT, '--redis-url', redisUrl, ...flags];
  return Promise.all(Array.from({ length: count }, () => startResp({ flags: all })));
}

export async function stopAll(services: readonly RespService[]): Promise<void> {
  await Promise.all(services.map((service) => service.stop('SIGKILL')));
}

/** One connection to one instance. */
export class Asker {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async to({ port }: { readonly port: number }): Promise<Asker> {
    return new Asker(await RawClient.connect(port));
  }

  async ask(question: Asked): Promise<Answered> {
    return decisionIn(await this.#client.send(post(question)).answer());
  }

  async askMany(questions: readonly Asked[]): Promise<readonly (Item & Partial<Answered>)[]> {
    return itemsOf(await this.#client.send(postMany(questions)).answer());
  }

  close(): void {
    this.#client.destroy();
  }
}

function decisionIn(answer: Answer): Answered {
  const decision = members(answer);
  if (typeof decision['allowed'] !== 'boolean') throw new Error(`No decision: ${answer.body}`);
  return decision as unknown as Answered;
}

/** Asks once, over a connection of its own. */
export async function askOnce(service: RespService, question: Asked): Promise<Answered> {
  const asker = await Asker.to(service);
  try {
    return await asker.ask(question);
  } finally {
    asker.close();
  }
}

/** What the store says of a key, whoever has a lease of it. */
export function look(service: RespService, question: Asked): Promise<Answered> {
  return askOnce(service, { ...question, cost: 0, strict: true });
}

/** What was asked and admitted under one limit, from the first question on. */
export class Tally {
  readonly question: Asked;
  readonly answers: Answered[] = [];
  /** How long it was waited for each. */
  readonly tookMs: number[] = [];
  /** In tokens, also what others were told. */
  asked = 0;
  admitted = 0;
  readonly #beganMs = performance.now();

  constructor(question: Asked) {
    this.question = question;
  }

  /** Counts an answer to a question of this cost. */
  count(allowed: boolean, cost: number = this.question.cost ?? 1): void {
    this.asked += cost;
    if (allowed) this.admitted += cost;
  }

  /** Where decisions came from. */
  get sources(): ReadonlySet<string | undefined> {
    return new Set(this.answers.map(({ source }) => source));
  }

  /** All that may be admitted up to now. */
  get most(): number {
    const passedMs = performance.now() - this.#beganMs;
    return Math.floor(this.question.capacity + passedMs * ratePerMs(this.question));
  }
}

/** Tokens that come back in a millisecond. REQUIRES: the interval is in seconds or milliseconds. */
export function ratePerMs({ capacity, interval, unit = 's' }: Asked): number {
  return capacity / (unit === 'ms' ? interval : interval * 1_000);
}

/** Whoever asks for a while looks here whether it is over. */
export interface Over {
  readonly isOver: boolean;
}

/** Asks one instance, one question after the other, at most one in so many milliseconds. */
export async function press(
  tally: Tally,
  service: RespService,
  over: Over,
  everyMs = 0,
  question: Asked = tally.question,
): Promise<void> {
  const asker = await Asker.to(service);
  while (!over.isOver) {
    const beganMs = performance.now();
    const answer = await asker.ask(question);
    const tookMs = performance.now() - beganMs;
    tally.count(answer.allowed);
    tally.answers.push(answer);
    tally.tookMs.push(tookMs);
    if (everyMs > tookMs) await sleep(everyMs - tookMs);
  }
  asker.close();
}

/** Tries again until it is true; what throws is not. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await Promise.resolve(condition()).catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`This never came true: ${condition}`);
    await sleep(10);
  }
}

/** Resolves when all instances find the store there and know of each other. */
export async function untilShared(services: readonly Service[]): Promise<void> {
  await until(async () => {
    const all = await Promise.all(services.map(scrape));
    return all.every((samples) => isShared(samples, services.length));
  });
}

function isShared(samples: Samples, instances: number): boolean {
  return (
    samples.get('argus_store_breaker_state') === 0 && samples.get('argus_instances') === instances
  );
}

/** Resolves when this instance takes the store to be away. */
export function untilAway(service: Service): Promise<void> {
  return until(async () => ((await scrape(service)).get('argus_store_breaker_state') ?? 0) > 0);
}
