/** What of a question its token does not let it ask. */
import type { Grant } from '../../access/grant.ts';
import { shown } from '../../lib/shown.ts';
import type { Question } from '../../limiter/limiter.ts';
import type { PolicyQuestion } from '../../policies/asking.ts';
import { faultAt } from './questions.ts';
import { type BadQuestion, isByPolicy, type Reading } from './reading.ts';

/** Of what a token is for. */
const MOST_SHOWN = 5;

/** What was read, unless it is more than its token lets ask: then that. */
export function permitted(reading: Reading, grant: Grant): Reading {
  const refusal = reading.ok ? refusalOf(grant, reading.question) : null;
  return refusal === null ? reading : { ok: false, ...refusal };
}

/** Null where it lets ask all of it. */
export function refusalOf(grant: Grant, question: Question | PolicyQuestion): BadQuestion | null {
  if (grant.isForAll) return null;
  const right = question.cost < 0 ? 'refund' : 'ask';
  if (!grant.has(right)) return forbidden('cost', lacks(grant, right));
  if (!isByPolicy(question)) return refusalOfKey(grant, question.key);
  const { name } = question.policy;
  return grant.touchesPolicy(name) ? null : forbidden('policy', outside(grant, name));
}

/** Of several that are taken all or none: what is not let be asked of the first such one. */
export function refusalOfAll(
  grant: Grant,
  questions: readonly (Question | PolicyQuestion)[],
): BadQuestion | null {
  for (const [place, question] of questions.entries()) {
    const refusal = refusalOf(grant, question);
    if (refusal !== null) return faultAt(place, refusal);
  }
  return null;
}

/** Null where the token is for this key. */
export function refusalOfKey(grant: Grant, key: string): BadQuestion | null {
  return grant.touchesKey(key) ? null : forbidden('key', outside(grant, key));
}

/** What is wanted of a token, and what it has. */
export function lacks({ rights }: Grant, wanted: string): string {
  return `the token must have the right ${wanted}, has ${rights.join(', ')}`;
}

/** What a token is for, where it is not for what was asked. */
function outside({ keys, policies, domains }: Grant, asked: string): string {
  const parts = [
    listed('keys that begin with', keys),
    listed('the policies', policies),
    listed('the domains', domains),
  ];
  const all = parts.filter((one) => one !== '').join(', and ');
  return `the token is for ${all}, not for ${shown(asked)}`;
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > MOST_SHOWN ? `, and ${names.length - MOST_SHOWN} more` : '';
  return `${what} ${names.slice(0, MOST_SHOWN).map(shown).join(', ')}${more}`;
}

function forbidden(field: string, fault: string): BadQuestion {
  return { reason: 'forbidden', field, fault };
}
