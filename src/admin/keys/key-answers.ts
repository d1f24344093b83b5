/** Answers questions about keys, in the thread that may lock their shards. */
import { KeyPages, type KeyPagesParts, type PageQuery } from './key-pages.ts';
import type { KeyAnswer, KeyQuestion } from './key-questions.ts';

export type KeyAnswersParts = KeyPagesParts;

const CURSOR_WANTED =
  'cursor must be of this start of the service, and of the same prefix, policy, namespace and ' +
  'state, is not: begin again without one';

export class KeyAnswers {
  readonly #pages: KeyPages;

  constructor(parts: KeyAnswersParts) {
    this.#pages = new KeyPages(parts);
  }

  async answer(question: KeyQuestion): Promise<KeyAnswer> {
    return await this.#page(question.query);
  }

  async #page(query: PageQuery): Promise<KeyAnswer> {
    const page = await this.#pages.page(query);
    return page === null ? bad('cursor', CURSOR_WANTED) : told(page);
  }
}

function told(report: object): KeyAnswer {
  return { kind: 'told', json: JSON.stringify(report) };
}

function bad(field: string, fault: string): KeyAnswer {
  return { kind: 'bad', field, fault };
}
