/**
 * Sends the questions of one turn of the event loop as one request: all that were asked while the
 * process went through what had arrived, not only those of one callback.
 */
import { MOST_QUESTIONS, MOST_BATCH_BYTES as MOST_TAKEN_BYTES } from '../contract/bounds.ts';
import { LIMIT_PATH, LIMITS_PATH } from '../contract/paths.ts';
import { noAnswerIn, readAnswer, readAnswers, readRefusal } from './answers.ts';
import { Deadline } from './deadline.ts';
import { BadQuestionError } from './errors.ts';
import type { HttpReply } from './http-exchange.ts';
import type { HttpSender } from './http-sender.ts';
import type { AnyDecision, AnyQuestion } from './question.ts';
import { checkQuestion } from './question-check.ts';
import { checkSize, jsonOf } from './question-json.ts';

/** Below what the service takes, with room for the brackets and commas. */
const MOST_BATCH_BYTES = MOST_TAKEN_BYTES - MOST_QUESTIONS - 2;

interface Asking {
  readonly json: string;
  readonly bytes: number;
  readonly resolve: (decision: AnyDecision) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #sender: HttpSender;
  readonly #timeoutMs: number;
  #asking: Asking[] = [];

  /** `timeoutMs`: how long a question waits for its answer at most, whatever is done for it. */
  constructor(sender: HttpSender, timeoutMs: number) {
    this.#sender = sender;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with a BadQuestionError or an UnavailableError. */
  ask(question: AnyQuestion): Promise<AnyDecision> {
    return new Promise((resolve, reject) => {
      checkQuestion(question);
      // As it is now: the caller may change the object before it is sent.
      const json = jsonOf(question);
      const bytes = checkSize(json);
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
      this.#answer(batch, reply, refusedBefore);
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
      return this.#sender.send({ method: 'POST', path: LIMIT_PATH, body: only.json }, deadline);
    }
    const body = `[${batch.map(({ json }) => json).join(',')}]`;
    return this.#sender.send({ method: 'POST', path: LIMITS_PATH, body }, deadline);
  }

  #answer(
    batch: readonly Asking[],
    reply: HttpReply,
    refusedBefore: BadQuestionError | null,
  ): void {
    // As they were sent.
    const asked = batch.map(({ json }) => JSON.parse(json) as unknown);
    const answers = batch.length === 1 ? [readAnswer(reply, asked[0])] : readAnswers(reply, asked);
    for (const [index, { resolve, reject }] of batch.entries()) {
      const answer = answers?.[index] ?? refusedBefore;
      if (answer === null) reject(noAnswerIn(reply, this.#sender.url));
      else if (answer instanceof BadQuestionError) reject(answer);
      else resolve(answer);
    }
  }
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
