/**
 * Asks what goes in a request of its own, once: questions taken all or none, tokens that are given
 * back or settled, resets. Where there is no answer it may have been done or not, and it is not
 * sent again.
 */
import { LIMIT_PATH, LIMITS_PATH } from '../contract/paths.ts';
import { noAnswerIn, readAllAnswer, readAnswer, readReset } from './answers.ts';
import { Deadline } from './deadline.ts';
import { ArgusError, BadQuestionError } from './errors.ts';
import type { HttpReply, HttpRequest } from './http-exchange.ts';
import type { HttpSender } from './http-sender.ts';
import type { AllDecision, AnyDecision, AnyQuestion } from './question.ts';
import { checkQuestion } from './question-check.ts';
import { checkSize, jsonOf } from './question-json.ts';

export class SingleAsker {
  readonly #sender: HttpSender;
  readonly #timeoutMs: number;

  constructor(sender: HttpSender, timeoutMs: number) {
    this.#sender = sender;
    this.#timeoutMs = timeoutMs;
  }

  /** REQUIRES: the question was checked; its cost may be below 0. */
  async ask(question: AnyQuestion): Promise<AnyDecision> {
    const body = jsonOf(question);
    checkSize(body);
    const asked: unknown = JSON.parse(body);
    const request = { method: 'POST', path: LIMIT_PATH, body } as const;
    return this.#answer(request, (reply) => readAnswer(reply, asked));
  }

  async askAll(questions: readonly AnyQuestion[]): Promise<AllDecision> {
    if (!Array.isArray(questions)) throw new BadQuestionError('it must be a list of questions');
    const each = questions.map(jsonInAll);
    const asked = each.map((json) => JSON.parse(json) as unknown);
    const body = `{"all":[${each.join(',')}]}`;
    const request = { method: 'POST', path: LIMITS_PATH, body } as const;
    return this.#answer(request, (reply) => readAllAnswer(reply, asked));
  }

  /** Whether the key had a bucket. */
  async reset(key: string, token: string): Promise<boolean> {
    const path = `${LIMIT_PATH}?key=${encoded(key)}`;
    const request = { method: 'DELETE', path, authorization: `Bearer ${token}` } as const;
    return this.#answer(request, readReset);
  }

  async #answer<One>(
    request: HttpRequest,
    read: (reply: HttpReply) => One | null,
  ): Promise<Exclude<One, ArgusError>> {
    const deadline = new Deadline(this.#timeoutMs);
    try {
      const reply = await this.#sender.send(request, deadline);
      const answer = read(reply);
      if (answer === null) throw noAnswerIn(reply, this.#sender.url);
      if (answer instanceof ArgusError) throw answer;
      return answer as Exclude<One, ArgusError>;
    } finally {
      deadline.end();
    }
  }
}

/** What is wrong with one of them names its place, as the service does. */
function jsonInAll(question: AnyQuestion, place: number): string {
  try {
    checkQuestion(question);
    const json = jsonOf(question);
    checkSize(json);
    return json;
  } catch (error) {
    if (!(error instanceof BadQuestionError)) throw error;
    const { detail, field } = error;
    const at = `all[${place}]`;
    throw new BadQuestionError(`${at}: ${detail}`, field === undefined ? at : `${at}.${field}`);
  }
}

function encoded(key: unknown): string {
  if (typeof key !== 'string') {
    throw new BadQuestionError(`key must be a string, is ${String(key)}`, 'key');
  }
  try {
    return encodeURIComponent(key);
  } catch {
    throw new BadQuestionError('key must be well-formed Unicode', 'key');
  }
}
