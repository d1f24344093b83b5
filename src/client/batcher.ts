/**
 * Sends the questions of one turn of the event loop as one request: all that were asked while the
 * process went through what had arrived, not only those of one callback.
 */
import { MOST_QUESTIONS, MOST_BATCH_BYTES as MOST_TAKEN_BYTES } from '../contract/bounds.ts';
import { LIMIT_PATH, LIMITS_PATH } from '../contract/paths.ts';
import { readAnswer, readAnswers, readRefusal } from './answers.ts';
import { Deadline } from './deadline.ts';
import { BadQuestionError, UnavailableError } from './errors.ts';
import type { HttpReply } from './http-exchange.ts';
import type { HttpPoster } from './http-poster.ts';
import type { Decision, Question } from './question.ts';
import { checkQuestion } from './question-check.ts';

/** Below what the service takes, with room for the brackets and commas. */
const MOST_BATCH_BYTES = MOST_TAKEN_BYTES - MOST_QUESTIONS - 2;
/** No good question is longer, and no bad one may fill a batch. */
const MOST_QUESTION_BYTES = 4_096;

const SHOWN_CHARACTERS = 80;

interface Asking {
  readonly json: string;
  readonly bytes: number;
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #poster: HttpPoster;
  readonly #timeoutMs: number;
  #asking: Asking[] = [];

  /** `timeoutMs`: how long a question waits for its answer at most, whatever is done for it. */
  constructor(poster: HttpPoster, timeoutMs: number) {
    this.#poster = poster;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with a BadQuestionError or an UnavailableError. */
  ask(question: Question): Promise<Decision> {
    return new Promise((resolve, reject) => {
      checkQuestion(question);
      // As it is now: the caller may change the object before it is sent.
      const json = jsonOf(question);
      const bytes = Buffer.byteLength(json);
      if (bytes > MOST_QUESTION_BYTES) {
        const wanted = `must have at most ${MOST_QUESTION_BYTES} bytes as JSON`;
        throw new BadQuestionError(`the question ${wanted}, has ${bytes}`);
      }
      if (this.#asking.length === 0) setImmediate(() => this.#send());
      this.#asking.push({ json, bytes, resolve, reject });
    });
  }

  #send(): void {
    const asking = this.#asking;
    this.#asking = [];
    for (const batch of batchesOf(asking)) void this.#exchange(batch);
  }

  async #exchange(batch: readonly Asking[]): Promise<void> {
    const deadline = new Deadline(this.#timeoutMs);
    try {
      await this.#askTogether(batch, deadline, null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    deadline.end();
  }

  /**
   * Where all are refused together nothing was decided, so they are asked again, in halves, until
   * only those are refused that have to be. What has no answer then stays refused: to call that no
   * answer would be to let it pass.
   */
  async #askTogether(
    batch: readonly Asking[],
    deadline: Deadline,
    refusedBefore: BadQuestionError | null,
  ): Promise<void> {
    const reply = await this.#post(batch, deadline);
    const refusal = batch.length > 1 ? readRefusal(reply) : null;
    if (refusal === null) {
      this.#settle(batch, reply, refusedBefore);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      try {
        await this.#askTogether(half, deadline, refusal);
      } catch {
        for (const { reject } of half) reject(refusal);
      }
    }
  }

  #post(batch: readonly Asking[], deadline: Deadline): Promise<HttpReply> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      return this.#poster.post(LIMIT_PATH, only.json, deadline);
    }
    const body = `[${batch.map(({ json }) => json).join(',')}]`;
    return this.#poster.post(LIMITS_PATH, body, deadline);
  }

  #settle(
    batch: readonly Asking[],
    reply: HttpReply,
    refusedBefore: BadQuestionError | null,
  ): void {
    const capacities = batch.map(({ json }) => capacityIn(json));
    const answers =
      batch.length === 1 ? [readAnswer(reply, capacities[0])] : readAnswers(reply, capacities);
    for (const [index, { resolve, reject }] of batch.entries()) {
      const answer = answers?.[index] ?? refusedBefore;
      if (answer === null) reject(this.#noAnswer(reply));
      else if (answer instanceof BadQuestionError) reject(answer);
      else resolve(answer);
    }
  }

  #noAnswer({ status, body }: HttpReply): UnavailableError {
    const start = JSON.stringify(body.slice(0, SHOWN_CHARACTERS));
    const fault = `its answer, with status ${status}, is not one: ${start}`;
    return new UnavailableError('answer', `${this.#poster.url}: ${fault}`);
  }
}

/** All fields, known or not: one with a typing error is the service's to refuse. */
function jsonOf(question: Question): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(question);
  } catch (error) {
    throw new BadQuestionError(`it cannot be written as JSON: ${String(error)}`);
  }
  if (json === undefined) throw new BadQuestionError('it must be an object');
  return json;
}

/** As it was sent. */
function capacityIn(json: string): unknown {
  return (JSON.parse(json) as Question | null)?.capacity;
}

/** In order, each as large as a request may be. */
function* batchesOf(asking: readonly Asking[]): Generator<readonly Asking[]> {
  let batch: Asking[] = [];
  let bytes = 0;
  for (const one of asking) {
    if (batch.length === MOST_QUESTIONS || bytes + one.bytes > MOST_BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.bytes + 1;
  }
  yield batch;
}
