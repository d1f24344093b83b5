/**
 * The load generator, in a process of its own on the core that the servers do not have: autocannon
 * with requests made beforehand, bounded in number and in time.
 *
 * Its own histogram knows whole milliseconds only, so latencies are taken from its events. (Without
 * a fixed rate it does not correct them for coordinated omission, and refuses to be told not to.)
 */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { answerWith } from '../support/child.ts';
import { quantile } from '../support/statistics.ts';
import { bodiesOf, type Workload } from './workloads.ts';

export interface LoadQuestion {
  readonly url: string;
  readonly workload: Workload;
  readonly run: number;
  /** Bodies, a line each, to ask instead of the workload's. */
  readonly bodiesFile?: string;
  /** Shown with each request. */
  readonly token?: string | undefined;
  /** It ends at this many requests, or after this many seconds. */
  readonly mostRequests: number;
  readonly mostSeconds: number;
}

export interface LoadAnswer {
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly allowed: number;
  readonly denied: number;
  /** Statuses that are neither, and how often; failed requests under 0. */
  readonly unexpected: Readonly<Record<number, number>>;
}

const SAMPLE_MS = 50;
const ANSWER_WITHIN_SECONDS = 5;
const DENIED_STATUS = 429;

answerWith(async (question: LoadQuestion): Promise<LoadAnswer> => {
  const { workload, mostRequests, bodiesFile } = question;
  const bodies =
    bodiesFile === undefined
      ? bodiesOf(workload, question.run, mostRequests)
      : readFileSync(bodiesFile, 'utf8').trimEnd().split('\n');
  const tally = new Tally(mostRequests);
  let connection = 0;
  const failures = await fire(tally, {
    url: question.url,
    method: 'POST',
    connections: workload.connections,
    duration: question.mostSeconds,
    maxOverallRequests: mostRequests,
    timeout: ANSWER_WITHIN_SECONDS,
    sampleInt: SAMPLE_MS,
    headers: {
      'Content-Type': 'application/json',
      ...(question.token === undefined ? {} : { Authorization: `Bearer ${question.token}` }),
    },
    setupClient: (client) => {
      const first = connection++ % bodies.length;
      const mine = bodies.filter((_, i) => i % workload.connections === first);
      client.setRequests(mine.map((body) => ({ body })));
    },
    verifyBody: (body) => {
      tally.body(String(body));
      return true;
    },
  });
  return tally.answer(failures);
});

/** Resolves with the number of requests that failed. */
function fire(tally: Tally, options: autocannon.Options): Promise<number> {
  return new Promise((resolve, reject) => {
    const instance = autocannon(options, (error, result) => {
      if (error) reject(error);
      else resolve(result.errors + result.timeouts);
    });
    instance.on('response', (_client, status, _bytes, ms) => tally.response(status, ms));
  });
}

/** Counts answers as they come: autocannon tells of each response first, and then of its body. */
class Tally {
  readonly #latenciesMs: Float64Array;
  #answers = 0;
  #allowed = 0;
  #denied = 0;
  readonly #unexpected: Record<number, number> = {};
  #status = 0;
  #firstMs = Number.NaN;
  #lastMs = Number.NaN;

  constructor(most: number) {
    this.#latenciesMs = new Float64Array(most);
  }

  response(status: number, ms: number): void {
    this.#lastMs = performance.now();
    if (this.#answers === 0) this.#firstMs = this.#lastMs - ms;
    this.#latenciesMs[this.#answers++] = ms;
    this.#status = status;
  }

  body(body: string): void {
    const status = this.#status;
    if (status === DENIED_STATUS) this.#denied++;
    else if (status < 200 || status > 299) this.#unexpect(status, 1);
    else if (body === 'LIMITED' || /"allowed"\s*:\s*false/.test(body)) this.#denied++;
    else this.#allowed++;
  }

  answer(failures: number): LoadAnswer {
    if (failures > 0) this.#unexpect(0, failures);
    const latenciesMs = this.#latenciesMs.subarray(0, this.#answers);
    return {
      answers: this.#answers,
      seconds: (this.#lastMs - this.#firstMs) / 1_000,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      allowed: this.#allowed,
      denied: this.#denied,
      unexpected: this.#unexpected,
    };
  }

  #unexpect(status: number, count: number): void {
    this.#unexpected[status] = (this.#unexpected[status] ?? 0) + count;
  }
}
