/**
 * Which rule a descriptor leads to, beside an oracle that shares no code with what is tested: it
 * goes through the nested rules of the file as their words are, and matches stars by a regular
 * expression.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveDomain } from '../../src/envoy/live-domain.ts';
import { readRules } from '../../src/policies/file/read.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';

/** Each is a file, and 20 questions. */
const FUZZ = Math.ceil(Number(process.env['ARGUS_FUZZ'] ?? 10_000) / 5);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 1);

interface Rule {
  readonly key: string;
  readonly value?: string;
  readonly rate_limit?: { readonly unit: string; readonly requests_per_unit: number };
  readonly descriptors?: readonly Rule[];
}

/** Few letters, so that much matches; with stars, and what regular expressions take for theirs. */
const key = fc.constantFrom('a', 'b', 'a_b');
const value = fc.constantFrom('', 'x', 'xy', 'x.y', 'y', '*', 'x*', '*y', 'x*y', '*x*', '**', '.*');
const asked = fc.constantFrom('', 'x', 'xy', 'x.y', 'y', 'xxy', 'zx', '*', 'é', 'x\n');

const { rules } = fc.letrec<{ rules: readonly Rule[] }>((tie) => ({
  rules: fc.array(
    fc.record(
      {
        key,
        value,
        rate_limit: fc.record({
          unit: fc.constant('day'),
          requests_per_unit: fc.nat(1_000_000),
        }),
        descriptors: fc.oneof(
          { depthSize: 'small', maxDepth: 2, withCrossShrink: true },
          fc.constant([]),
          tie('rules'),
        ),
      },
      { requiredKeys: ['key'] },
    ),
    { maxLength: 4 },
  ),
}));

/** The rule that entries lead to, by its limit's number; undefined where there is none. */
function oracle(
  all: readonly Rule[],
  entries: readonly (readonly [string, string])[],
): Rule | undefined {
  const [first, ...rest] = entries;
  if (first === undefined) return undefined;
  const ofKey = all.filter((one) => one.key === first[0]);
  const isGlob = (one: Rule) => (one.value ?? '').includes('*');
  const exact = ofKey.find(
    (one) => (one.value ?? '') !== '' && !isGlob(one) && one.value === first[1],
  );
  const glob = ofKey.find((one) => isGlob(one) && toRegExp(one.value ?? '').test(first[1]));
  const any = ofKey.find((one) => (one.value ?? '') === '');
  const taken = exact ?? glob ?? any;
  return rest.length === 0 ? taken : oracle(taken?.descriptors ?? [], rest);
}

function toRegExp(pattern: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 's');
}

/** Without a rule that has key and value of one before it at its level: no file may have two. */
function withoutTwins(all: readonly Rule[]): readonly Rule[] {
  const seen = new Set<string>();
  return all.flatMap((one) => {
    const name = `${one.key} ${one.value ?? ''}`;
    if (seen.has(name)) return [];
    seen.add(name);
    return [{ ...one, descriptors: withoutTwins(one.descriptors ?? []) }];
  });
}

const WINDOWS = new OpenWindows(OpenWindows.reserve());

function liveOf(all: readonly Rule[]): LiveDomain {
  // A file in JSON is one in YAML.
  const text = JSON.stringify({ domain: 'd', descriptors: all });
  const reading = readRules([{ file: 'f', text }]);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const live = new LiveDomain({ name: 'd', overridePlace: 0 }, { windows: WINDOWS, wall: () => 0 });
  for (const rule of reading.domains.get('d')?.rules ?? []) live.add(rule, 0);
  return live;
}

const bytes = (text: string) => Buffer.from(text).toString('latin1');

test(`${FUZZ} random files, each asked 20 times: the rule is the one that the words say`, () => {
  const entries = fc.array(fc.tuple(key, asked), { maxLength: 4 });
  fc.assert(
    fc.property(rules, fc.array(entries, { minLength: 20, maxLength: 20 }), (some, all) => {
      const sound = withoutTwins(some);
      const live = liveOf(sound);
      for (const one of all) {
        const found = live.match(one.flatMap(([name, own]) => [bytes(name), bytes(own)]));
        const wanted = oracle(sound, one);
        expect(found === null).toBe(wanted === undefined);
        expect(found?.rule.limit?.requests).toBe(wanted?.rate_limit?.requests_per_unit);
        expect(found?.rule.key).toBe(wanted === undefined ? undefined : bytes(wanted.key));
        expect(found?.rule.value).toBe(
          wanted === undefined ? undefined : bytes(wanted.value ?? ''),
        );
      }
    }),
    { numRuns: FUZZ, seed: SEED },
  );
}, 3_600_000);
