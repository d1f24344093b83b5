/**
 * Makes rules of what a file of Envoy's says, or finds all that is wrong with it.
 *
 * Who wrote the file wrote it for another service: what that one takes is taken as it has it, and
 * what this one does not do is refused by its name.
 */
import { limitOf } from '../../bucket/limit.ts';
import { bytesOf } from '../request.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type EnvoyDomain,
  type EnvoyRule,
  type RuleLimit,
} from '../rule.ts';
import { UNITS, unitNamed } from '../unit.ts';
import { FieldReader, type FileValues, type Path } from './fields.ts';

const MOST_BYTES = 1_024;
const MOST_REQUESTS = 0xffff_ffff;
/** Of one key at one level: each may be held against every value that is asked about. */
const MOST_PATTERNS = 1_000;

const TEXT_WANTED = `text of at most ${MOST_BYTES} bytes`;
const UNIT_WANTED = `one of ${UNITS.map(({ name }) => name).join(', ')}`;
const REQUESTS_WANTED = `a whole number from 0 to ${MOST_REQUESTS}`;
const ELSEWHERE = 'of the rate limit service of Envoy that this one does not have';

const DOMAIN_FIELDS = ['domain', 'descriptors'];
const RULE_FIELDS = [
  'key',
  'value',
  'rate_limit',
  'descriptors',
  'shadow_mode',
  'share_threshold',
  'detailed_metric',
  'value_to_metric',
];
const LIMIT_FIELDS = [
  'unit',
  'requests_per_unit',
  'unlimited',
  'name',
  'replaces',
  'algorithm',
  'overdraft',
];
/** What is refused by name, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  quota_mode: `is a field ${ELSEWHERE}: leave it out, and the rule denies; with shadow_mode it only counts`,
  metadata: `is a field ${ELSEWHERE}: leave it out; the name of a rate_limit is in every answer`,
  unit_multiplier: `is a field ${ELSEWHERE}: leave it out, and choose another unit`,
};

/** Null where there are faults, of which `values` is told. */
export function compileDomain(values: FileValues, algorithm: Algorithm): EnvoyDomain | null {
  return new DomainCompiler(values, algorithm).domain();
}

class DomainCompiler {
  readonly #read: FieldReader;
  readonly #algorithm: Algorithm;
  readonly #rules: EnvoyRule[] = [];

  constructor(values: FileValues, algorithm: Algorithm) {
    this.#read = new FieldReader(values);
    this.#algorithm = algorithm;
  }

  domain(): EnvoyDomain | null {
    const fields = this.#read.fields([], DOMAIN_FIELDS, REFUSED);
    if (fields === null) return null;
    const name = this.#text(['domain'], fields['domain']);
    if (name === '') this.#read.fault(['domain'], 'must be the name of a domain, is empty');
    if (/\p{Cc}/u.test(name)) this.#read.wrong(['domain'], name, 'without control characters');
    this.#level(['descriptors'], fields['descriptors'], 1);
    return this.#read.isSound ? { name, rules: this.#rules } : null;
  }

  /** As deep as a file may nest, which is little. */
  #level(path: Path, value: unknown, depth: number): void {
    const seen = new Map<string, number>();
    const patterns = new Map<string, number>();
    for (const [i] of this.#read.list(path, value, 'a list of descriptors').entries()) {
      const at = [...path, i];
      const rule = this.#rule(at, depth);
      if (rule === null) continue;
      const twin = JSON.stringify([rule.key, rule.value]);
      const first = seen.get(twin);
      if (first !== undefined) {
        this.#read.fault(at, `is there twice: it has key and value of the one at [${first}]`);
      }
      seen.set(twin, first ?? i);
      if (!rule.value.includes('*')) continue;
      const count = (patterns.get(rule.key) ?? 0) + 1;
      patterns.set(rule.key, count);
      if (count === MOST_PATTERNS + 1) {
        this.#read.fault(at, `is one too many: a key may have ${MOST_PATTERNS} patterns in a list`);
      }
    }
  }

  /** With all that is within it. */
  #rule(path: Path, depth: number): EnvoyRule | null {
    const fields = this.#read.fields(path, RULE_FIELDS, REFUSED);
    if (fields === null) return null;
    const key = this.#text([...path, 'key'], fields['key']);
    const value = this.#text([...path, 'value'], fields['value']);
    if (key === '') {
      const isThere = fields['key'] !== undefined;
      this.#read.fault(isThere ? [...path, 'key'] : path, 'must have a key that is not empty');
    }
    const flag = (name: string) => this.#read.flag([...path, name], fields[name]);
    const sharesBucket = flag('share_threshold');
    if (sharesBucket && !value.includes('*')) {
      const words = 'goes with a value that has a * in it: its values share the limit';
      this.#read.fault([...path, 'share_threshold'], words);
    }
    const rule: EnvoyRule = {
      depth,
      key: bytesOf(key),
      value: bytesOf(value),
      limit: this.#limit([...path, 'rate_limit'], fields['rate_limit'] ?? null),
      isShadow: flag('shadow_mode'),
      sharesBucket,
      countsValue: flag('value_to_metric'),
      countsAll: flag('detailed_metric'),
      line: this.#read.lineOf(fields),
    };
    this.#rules.push(rule);
    this.#level([...path, 'descriptors'], fields['descriptors'], depth + 1);
    return rule;
  }

  #limit(path: Path, value: unknown): RuleLimit | null {
    if (value === null) return null;
    const fields = this.#read.fields(path, LIMIT_FIELDS, REFUSED);
    if (fields === null) return null;
    const name = this.#text([...path, 'name'], fields['name']);
    const shared = {
      name,
      replaces: this.#replaces([...path, 'replaces'], fields['replaces'], name),
      isUnlimited: this.#read.flag([...path, 'unlimited'], fields['unlimited']),
      overdraft: this.#read.flag([...path, 'overdraft'], fields['overdraft']),
    };
    if (shared.isUnlimited) {
      for (const field of ['unit', 'algorithm', 'overdraft']) {
        const isThere = (fields[field] ?? null) !== null;
        if (isThere)
          this.#read.fault([...path, field], 'does not go with unlimited: leave out one');
      }
      return { ...shared, requests: 0, unit: 0, rate: null };
    }
    return { ...shared, ...this.#terms(path, fields) };
  }

  #terms(
    path: Path,
    fields: Readonly<Record<string, unknown>>,
  ): Pick<RuleLimit, 'requests' | 'unit' | 'rate'> {
    const requests = this.#requests(path, fields['requests_per_unit']);
    const word = this.#text([...path, 'unit'], fields['unit']);
    const unit = unitNamed(word);
    if (unit === undefined && word !== '') {
      this.#read.wrong([...path, 'unit'], word, UNIT_WANTED);
    } else if (unit === undefined) {
      this.#read.fault(path, `must have a unit (${UNIT_WANTED}), or unlimited: true`);
    }
    const algorithm = this.#algorithmOf([...path, 'algorithm'], fields['algorithm']);
    if (unit === undefined || algorithm === 'fixed_window' || requests === 0) {
      return { requests, unit: unit?.number ?? 0, rate: null };
    }
    const { lengthUs, number } = unit;
    const rate = limitOf({ capacity: requests, count: requests, periodUs: lengthUs });
    if (rate === null) {
      const words = `must be less, to be counted exactly by a token bucket, is ${requests}`;
      this.#read.fault([...path, 'requests_per_unit'], `${words}; or algorithm: fixed_window`);
    }
    return { requests, unit: number, rate };
  }

  #requests(path: Path, value: unknown): number {
    if (value === undefined || value === null) {
      this.#read.fault(path, 'must have requests_per_unit; 0 denies all');
      return 0;
    }
    const digits = typeof value === 'string' && /^\d{1,3}(_\d{3})+$/.test(value);
    const number = digits ? Number(value.replaceAll('_', '')) : value;
    if (
      Number.isInteger(number) &&
      (number as number) >= 0 &&
      (number as number) <= MOST_REQUESTS
    ) {
      return number as number;
    }
    this.#read.wrong([...path, 'requests_per_unit'], value, REQUESTS_WANTED);
    return 0;
  }

  #algorithmOf(path: Path, value: unknown): Algorithm {
    if (value === undefined || value === null) return this.#algorithm;
    const known = ALGORITHMS.find((name) => name === value);
    if (known === undefined) this.#read.wrong(path, value, `one of ${ALGORITHMS.join(', ')}`);
    return known ?? this.#algorithm;
  }

  #replaces(path: Path, value: unknown, own: string): readonly string[] {
    const list = this.#read.list(path, value, 'a list of names, each as name: NAME');
    return list.map((_, i) => {
      const at = [...path, i];
      const fields = this.#read.fields(at, ['name'], {});
      if (fields === null) return '';
      const name = this.#text([...at, 'name'], fields['name']);
      if (name === '') this.#read.fault(at, 'must have the name of another limit, has none');
      else if (name === own) {
        this.#read.fault([...at, 'name'], `must be the name of another limit, is its own`);
      }
      return name;
    });
  }

  #text(path: Path, value: unknown): string {
    const text = this.#read.text(path, value, TEXT_WANTED);
    if (Buffer.byteLength(text) > MOST_BYTES) this.#read.wrong(path, text, TEXT_WANTED);
    return text;
  }
}
