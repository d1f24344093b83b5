/** Rules of Envoy in force in a test: of a text as its users write it, over any limiter. */
import { EnvoyAsker } from '../../src/envoy/asking.ts';
import { EnvoyBook } from '../../src/envoy/envoy-book.ts';
import { EnvoyCounts } from '../../src/envoy/envoy-counts.ts';
import { LiveDomain } from '../../src/envoy/live-domain.ts';
import { Matcher } from '../../src/envoy/matched.ts';
import { namesToPlace, placedDomains } from '../../src/envoy/placing.ts';
import { bytesOf, type RateLimitRequest } from '../../src/envoy/request.ts';
import type { RateLimitResponse } from '../../src/envoy/response.ts';
import type { Algorithm } from '../../src/envoy/rule.ts';
import { ValueCounts, type ValueMemory, valueCounts } from '../../src/envoy/value-counts.ts';
import type { WallClock } from '../../src/lib/clock.ts';
import type { Limiter } from '../../src/limiter/limiter.ts';
import { Cells, sumCells } from '../../src/metrics/cells.ts';
import { POLICY_OUTCOMES, PolicyCounts, policyCount } from '../../src/metrics/policy-cells.ts';
import { readRules } from '../../src/policies/file/read.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';

export interface EnvoySceneOptions {
  readonly algorithm?: Algorithm;
  readonly isShadow?: boolean;
  readonly mostValues?: number;
  readonly wall?: WallClock;
}

/** A multiple of all units but the week: every window begins there, by both clocks. */
export const BEGIN_US: number = 365 * 30 * 86_400_000_000;

export interface EnvoyScene {
  readonly asker: EnvoyAsker;
  readonly book: EnvoyBook;
  /** What was counted, by label and outcome, without what is 0. */
  counted(): Record<string, Record<string, number>>;
  cell(cell: number): number;
}

/** `texts`: YAML, each a file, which must be good. */
export function envoyOver(
  limiter: Limiter,
  texts: readonly string[],
  options: EnvoySceneOptions = {},
): EnvoyScene {
  const { algorithm = 'fixed_window', isShadow = false, mostValues = 10 } = options;
  const { wall = () => BEGIN_US } = options;
  const memory = PolicyCounts.reserve(1);
  const values = ValueCounts.reserve(1, mostValues);
  const cells = Cells.reserve(1);
  const windows = new OpenWindows(OpenWindows.reserve());
  const parts = { windows, wall };
  const book = new EnvoyBook();
  book.replace(liveDomains(texts, algorithm, parts));
  const counts = new EnvoyCounts(new PolicyCounts(memory, 0), new ValueCounts(values, 0));
  const asker = new EnvoyAsker({
    limiter,
    book,
    matcher: new Matcher(algorithm, parts),
    counts,
    cells: new Cells(cells, 0),
    isShadow,
  });
  return {
    asker,
    book,
    counted: () => countedIn(book, memory, values),
    cell: (cell) => sumCells(cells)[cell] as number,
  };
}

export function liveDomains(
  texts: readonly string[],
  algorithm: Algorithm,
  parts: { readonly windows: OpenWindows; readonly wall: WallClock },
): ReadonlyMap<string, LiveDomain> {
  const files = texts.map((text, i) => ({ file: `f${i}.yaml`, text }));
  const rules = readRules(files, { algorithm });
  if (!rules.ok) throw new Error(rules.faults.map(({ words }) => words).join('\n'));
  const names = namesToPlace(rules.domains);
  const placed = placedDomains(rules.domains, (name) => names.indexOf(name));
  return new Map(
    placed.map(({ domain, places, overridePlace }) => {
      const live = new LiveDomain({ name: domain.name, overridePlace }, parts);
      for (const [i, rule] of domain.rules.entries()) live.add(rule, places[i] as number);
      return [live.bytes, live];
    }),
  );
}

function countedIn(book: EnvoyBook, memory: SharedArrayBuffer, values: ValueMemory) {
  const counted: Record<string, Record<string, number>> = {};
  const put = (label: string, counts: readonly number[]) => {
    const there = POLICY_OUTCOMES.flatMap((outcome, i) =>
      counts[i] === 0 ? [] : [[outcome, counts[i] as number]],
    );
    if (there.length > 0) counted[label] = Object.fromEntries(there);
  };
  const at = (place: number) => POLICY_OUTCOMES.map((one) => policyCount(memory, place, one));
  for (const domain of book.all) {
    put('(limit)', at(domain.overridePlace));
    for (const { label, place } of domain.rules) put(label, at(place));
  }
  for (const { rule, counts } of valueCounts(values)) put(rule, counts);
  return counted;
}

export interface SomeDescriptor {
  /** `k=v,k2=v2`; a key without a value has an empty one. */
  readonly of: string;
  readonly hits?: number;
  readonly isNegative?: boolean;
  readonly limit?: { readonly requests: number; readonly unit: number };
}

/** A request of the domain `d`. */
export function requestOf(
  descriptors: readonly (string | SomeDescriptor)[],
  hits = 0,
  domain = 'd',
): RateLimitRequest {
  return {
    domain: bytesOf(domain),
    hits,
    descriptors: descriptors.map((one) => {
      const {
        of,
        hits: own = null,
        isNegative = false,
        limit = null,
      } = typeof one === 'string' ? { of: one } : one;
      return { entries: entriesOf(of), hits: own, isNegative, limit };
    }),
  };
}

function entriesOf(text: string): string[] {
  if (text === '') return [];
  return text.split(',').flatMap((pair) => {
    const [key = '', ...value] = pair.split('=');
    return [bytesOf(key), bytesOf(value.join('='))];
  });
}

/** `OVER 0/10 60s, OK -`, and the wait behind it where there is one. */
export function told(response: RateLimitResponse | Promise<RateLimitResponse>): string {
  if (response instanceof Promise) throw new Error('it is not there at once');
  const { isOver, statuses, retryAfterS } = response;
  const each = statuses.map(({ isOver: over, limit, remaining, resetS }) => {
    const word = over ? 'OVER' : 'OK';
    if (limit === null) return remaining === 0 ? `${word} -` : `${word} unlimited`;
    return `${word} ${remaining}/${limit.requests} ${resetS}s`;
  });
  const wait = retryAfterS === null ? '' : `, wait ${retryAfterS}s`;
  return `${isOver ? 'OVER' : 'OK'}: ${each.join('; ')}${wait}`;
}
