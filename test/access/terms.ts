/** Tokens for tests, and what their file would have of them. */
import type { TokenTerms } from '../../src/access/grant.ts';
import { digestOf } from '../../src/access/token-book.ts';

/** The token of a name. */
export function tokenOf(name: string): string {
  return `argus_${name}_0123456789abcdef`;
}

/** The token of that name, with what is given and else the right to ask about all keys. */
export function termsOf(name: string, more: Partial<TokenTerms> = {}): TokenTerms {
  return {
    name,
    sha256: digestOf(tokenOf(name)),
    rights: ['ask'],
    keys: [],
    policies: [],
    domains: [],
    ...more,
  };
}

export function bearer(name: string): string {
  return `Bearer ${tokenOf(name)}`;
}
