/** The tokens that both sides of a pair have in its tests, each with something of its own. */
import type { TokenTerms } from '../../../src/access/grant.ts';
import { termsOf } from '../../access/terms.ts';

export const TOKENS: readonly TokenTerms[] = [
  termsOf('all', { rights: ['ask', 'refund'] }),
  termsOf('any', { keys: ['any', 'small'] }),
  termsOf('trial', { policies: ['trial'] }),
  termsOf('refund', { rights: ['refund'] }),
  termsOf('reset', { rights: ['reset'] }),
];
