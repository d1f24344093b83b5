/**
 * The tokens in force, as one thread has them: all of one reading of their file.
 *
 * They are found by their digests, so that how long it takes says nothing of a token. Whoever has
 * shown one keeps a Pass: it is looked at anew once other tokens are in force, and then no longer
 * lets in whose token is gone.
 */
import { hash } from 'node:crypto';
import { EVERYTHING, Grant, type TokenTerms } from './grant.ts';

export class TokenBook {
  #grants: ReadonlyMap<string, Grant> | null = null;
  #generation = 0;

  /** `tokens`: null where there is no file of them. */
  constructor(tokens: readonly TokenTerms[] | null = null) {
    if (tokens !== null) this.replace(tokens);
  }

  /** Whether nobody needs a token to ask. */
  get isOpen(): boolean {
    return this.#grants === null;
  }

  /** Another number once other tokens are in force. */
  get generation(): number {
    return this.#generation;
  }

  grantOf(digest: string): Grant | null {
    return this.#grants?.get(digest) ?? null;
  }

  /** For who shows the token with this digest; null where it is none that is in force. */
  passFor(digest: string): Pass | null {
    return this.grantOf(digest) === null ? null : new KeptPass(this, digest);
  }

  /** Puts these in force, and no others. */
  replace(tokens: readonly TokenTerms[]): void {
    this.#grants = new Map(tokens.map((terms) => [terms.sha256, new Grant(terms)]));
    this.#generation++;
  }
}

/** What is kept by who has shown a token that was in force. */
export interface Pass {
  /** Null while the token is not in force. */
  readonly grant: Grant | null;
}

class KeptPass implements Pass {
  readonly #book: TokenBook;
  readonly #digest: string;
  #generation: number;
  #grant: Grant | null;

  constructor(book: TokenBook, digest: string) {
    this.#book = book;
    this.#digest = digest;
    this.#generation = book.generation;
    this.#grant = book.grantOf(digest);
  }

  get grant(): Grant | null {
    const { generation } = this.#book;
    if (this.#generation !== generation) {
      this.#generation = generation;
      this.#grant = this.#book.grantOf(this.#digest);
    }
    return this.#grant;
  }
}

/** For who shows the ADMIN_TOKEN, which is in force as long as the service runs. */
export const ADMIN_PASS: Pass = { grant: EVERYTHING };

/** As the file of tokens has it. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'hex');
}
