/**
 * Asks the thread of the keys, from that of the admin port.
 *
 * Few wait at a time: others are told to come again, as are those who are not answered in time. As
 * the service ends, once the last snapshot is taken, shards stay locked and nobody is answered.
 */
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import type { AnsweredKeys, AskedKeys, KeyAnswer, KeyQuestion } from './key-questions.ts';

/** Each is answered in a few hundredths of a second at most. */
const MOST_WAITING = 64;
const ANSWER_WITHIN_MS = 5_000;

const BUSY: KeyAnswer = {
  kind: 'not-now',
  words: `${MOST_WAITING} questions about keys are being answered: ask again`,
};
const LATE: KeyAnswer = {
  kind: 'not-now',
  words: `there was no answer within ${ANSWER_WITHIN_MS} ms: the service is busy, or ending`,
};

interface Waiting {
  readonly id: number;
  readonly answer: (answer: KeyAnswer) => void;
}

export interface KeyAskerParts {
  readonly send: (asked: AskedKeys) => void;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class KeyAsker {
  readonly #parts: KeyAskerParts;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timeouts: DelayQueue<Waiting>;
  #nextId = 0;

  constructor(parts: KeyAskerParts) {
    const { clock, timers } = parts;
    this.#parts = parts;
    const delayUs = ANSWER_WITHIN_MS * 1_000;
    const due = ({ id }: Waiting) => this.#answer({ id, answer: LATE });
    this.#timeouts = new DelayQueue({ delayUs, clock, timers, due });
  }

  ask(question: KeyQuestion): Promise<KeyAnswer> {
    if (this.#waiting.size >= MOST_WAITING) return Promise.resolve(BUSY);
    const { promise, resolve } = Promise.withResolvers<KeyAnswer>();
    const id = this.#nextId++;
    const waiting: Waiting = { id, answer: resolve };
    this.#waiting.set(id, waiting);
    this.#timeouts.add(waiting, this.#parts.clock());
    this.#parts.send({ id, question });
    return promise;
  }

  /** Hears the thread of the keys. */
  receive(answered: AnsweredKeys): void {
    this.#answer(answered);
  }

  /** What comes too late is answered already. */
  #answer({ id, answer }: AnsweredKeys): void {
    this.#waiting.get(id)?.answer(answer);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#timeouts.clear();
  }
}
