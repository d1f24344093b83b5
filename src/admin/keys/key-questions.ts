/**
 * What the thread of the admin port asks that of the keys, and what that says: one closed union a
 * direction. Answers are JSON already: they go to another thread, and out of it as they are.
 */
import type { PageQuery } from './key-pages.ts';

export type KeyQuestion = { readonly kind: 'page'; readonly query: PageQuery };

export type KeyAnswer =
  | { readonly kind: 'told'; readonly json: string }
  /** Something is wrong with the question. */
  | { readonly kind: 'bad'; readonly field: string; readonly fault: string }
  /** It cannot be answered just now. */
  | { readonly kind: 'not-now'; readonly words: string };

export interface AskedKeys {
  readonly id: number;
  readonly question: KeyQuestion;
}

export interface AnsweredKeys {
  readonly id: number;
  readonly answer: KeyAnswer;
}
