/**
 * What the thread of the admin port asks that of the keys, and what that says: one closed union a
 * direction. Answers are JSON already: they go to another thread, and out of it as they are.
 */
import type { KeyAct } from './acts.ts';
import type { KeyName } from './key-name.ts';
import type { PageQuery } from './key-pages.ts';
import type { RulesQuery } from './rules-report.ts';

export type KeyQuestion =
  | { readonly kind: 'page'; readonly query: PageQuery }
  | { readonly kind: 'explain'; readonly of: KeyName }
  | { readonly kind: 'rules'; readonly query: RulesQuery }
  /** `body`: a question, as JSON. */
  | { readonly kind: 'try'; readonly body: string }
  /** `from`: the address of whoever does it. */
  | { readonly kind: 'act'; readonly of: KeyName; readonly act: KeyAct; readonly from: string };

export type KeyAnswer =
  | { readonly kind: 'told'; readonly json: string }
  /** Something is wrong with the question: with a field, or with all of it. */
  | { readonly kind: 'bad'; readonly field: string | undefined; readonly fault: string }
  /** There is nothing of that name. */
  | { readonly kind: 'unknown'; readonly words: string }
  /** It cannot be done, whenever it is asked for. */
  | { readonly kind: 'refused'; readonly words: string }
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
