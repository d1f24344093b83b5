/**
 * Sends the questions of one turn of the event loop as one request: all that were asked while the
 * process went through what had arrived, not only those of one callback.
 */
import { type Answer, readAnswer, readAnswers } from './answers.ts';
import { BadQuestionError, UnavailableError } from './errors.ts';
import type { Reply } from './exchange.ts';
import type { HttpPoster } from './http-poster.ts';
import type { Decision, Question } from './question.ts';

const LIMIT_PATH = '/api/v1/limit';
const LIMITS_PATH = '/api/v1/limits';

const MOST_QUESTIONS = 1_000;
/** The service takes 512 KiB. */
const MOST_BATCH_BYTES = 500_000;
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
  #asking: Asking[] = [];

  constructor(poster: HttpPoster) {
    this.#poster = poster;
  }

  /** Rejects with a BadQuestionError or an UnavailableError. */
  ask(question: Question): Promise<Decision> {
    return new Promise((resolve, reject) => {
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
    try {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) {
        const reply = await this.#poster.post(LIMIT_PATH, only.json);
        this.#settle(only, readAnswer(reply.status, reply.body), reply);
        return;
      }
      const body = `[${batch.map(({ json }) => json).join(',')}]`;
      const reply = await this.#poster.post(LIMITS_PATH, body);
      const answers = readAnswers(reply.body, batch.length);
      batch.forEach((one, index) => {
        this.#settle(one, answers?.[index] ?? null, reply);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #settle({ resolve, reject }: Asking, answer: Answer, { status, body }: Reply): void {
    if (answer === null) {
      const start = JSON.stringify(body.slice(0, SHOWN_CHARACTERS));
      const fault = `its answer, with status ${status}, is not one: ${start}`;
      reject(new UnavailableError('answer', `${this.#poster.url}: ${fault}`));
    } else if (answer instanceof BadQuestionError) {
      reject(answer);
    } else {
      resolve(answer);
    }
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
