/** Where the rules of Envoy are counted: rules of one label have one place. */
import { metricLabel } from './label.ts';
import { type EnvoyDomain, type EnvoyDomains, type EnvoyRule, OVERRIDE_LABEL } from './rule.ts';

export interface PlacedDomain {
  readonly domain: EnvoyDomain;
  /** Of its rules, in their order. */
  readonly places: readonly number[];
  /** Of limits that descriptors bring along. */
  readonly overridePlace: number;
}

/** Each once. */
export function namesToPlace(domains: EnvoyDomains): readonly string[] {
  return [...new Set([...domains.values()].flatMap(namesIn))];
}

export function placedDomains(
  domains: EnvoyDomains,
  placeOf: (name: string) => number,
): readonly PlacedDomain[] {
  return [...domains.values()].map((domain) => {
    const [overridePlace = 0, ...places] = namesIn(domain).map(placeOf);
    return { domain, places, overridePlace };
  });
}

/** Names of limits of policies have one NUL. */
function namesIn({ name, rules }: EnvoyDomain): readonly string[] {
  const labels = [OVERRIDE_LABEL];
  const way: EnvoyRule[] = [];
  for (const rule of rules) {
    way.length = rule.depth - 1;
    way.push(rule);
    labels.push(metricLabel(way, countedIn(way)));
  }
  return labels.map((label) => `\0${name}\0${label}`);
}

/** For each level whether metrics tell values apart. */
export function countedIn(way: readonly EnvoyRule[]): readonly boolean[] {
  const countsAll = way.at(-1)?.countsAll ?? false;
  return way.map(({ countsValue }) => countsValue || countsAll);
}
