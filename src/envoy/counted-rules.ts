/** The rules in force as metrics show them: each label once, with where it is counted. */
import type { CountedRule } from '../metrics/envoy-metrics.ts';
import type { EnvoyBook } from './envoy-book.ts';
import { OVERRIDE_LABEL } from './rule.ts';

export function* countedRules(book: EnvoyBook): Generator<CountedRule> {
  for (const { name: domain, rules, overridePlace } of book.all) {
    const seen = new Set<number>([overridePlace]);
    const isLimited = false;
    yield { domain, rule: OVERRIDE_LABEL, place: overridePlace, isLimited, isDry: false };
    for (const { label: rule, limit, place, rule: terms } of rules) {
      if (seen.has(place)) continue;
      seen.add(place);
      yield { domain, rule, place, isLimited: limit !== null, isDry: terms.isShadow };
    }
  }
}
