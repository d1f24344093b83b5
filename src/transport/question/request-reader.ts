/** Reads a question out of the text of a request, whatever transport brought it. */
import {
  MOST_CAPACITY,
  MOST_INTERVAL_DAYS,
  MOST_INTERVAL_US,
  MOST_KEY_BYTES,
  mostOverdraft,
} from '../../contract/bounds.ts';
import { isQuestionField, QUESTION_FIELDS } from '../../contract/fields.ts';
import { DEFAULT_UNIT, UNITS, UNITS_US, type Unit } from '../../contract/units.ts';
import { cut, shown } from '../../lib/shown.ts';
import { PolicyBook } from '../../policies/policy-book.ts';
import { LimitCache } from './limit-cache.ts';
import { PlainJson } from './plain-json.ts';
import { PolicyReader } from './policy-reader.ts';
import {
  type BadQuestion,
  bad,
  type Fields,
  flagsOf,
  isWhole,
  type Parsed,
  type Reading,
  wholeFault,
} from './reading.ts';

/** A UTF-16 unit is at most three bytes of UTF-8: a key this short needs no count. */
const SURELY_SHORT = Math.floor(MOST_KEY_BYTES / 3);

const REPLACEMENT = '\ufffd';

export interface ReaderParts {
  readonly policies?: PolicyBook;
}

/** Reads questions and remembers their limits: most of them ask under a few. One a thread. */
export class RequestReader {
  readonly #limits = new LimitCache();
  readonly #plain = new PlainJson();
  readonly #byPolicy: PolicyReader;

  constructor({ policies = new PolicyBook() }: ReaderParts = {}) {
    this.#byPolicy = new PolicyReader(policies);
  }

  /** Reads a whole body that is one question. */
  readBytes(bytes: Buffer): Reading {
    return this.readPlain(bytes.toString('latin1'), 0) ?? this.readJson(bytes);
  }

  /**
   * Reads a question from `from` to the end of a text of a unit a byte; null where that takes more.
   */
  readPlain(text: string, from: number): Reading | null {
    return this.#plain.read(text, from) ? this.#readFields(this.#plain) : null;
  }

  /** As readBytes(), where readPlain() has given up. */
  readJson(bytes: Buffer): Reading {
    const body = this.parse(bytes, 'a JSON object');
    return body.ok ? this.readValue(body.value, 'the body') : body;
  }

  /**
   * What JSON.parse makes of a body, which must be UTF-8. `wanted` says what it should have been.
   */
  parse(bytes: Buffer, wanted: string): Parsed {
    if (bytes.length === 0)
      return bad('not_json', undefined, `the body must be ${wanted}, is empty`);
    const text = bytes.toString('utf8');
    // A replacement character was in the bytes, or stands for bytes that are not UTF-8.
    if (text.includes(REPLACEMENT) && !bytes.equals(Buffer.from(text, 'utf8'))) {
      return bad('not_utf8', undefined, 'the body must be UTF-8, and has bytes that are not');
    }
    try {
      return { ok: true, value: JSON.parse(text) };
    } catch (error) {
      return bad('not_json', undefined, `the body must be ${wanted}: ${parseFault(error)}`);
    }
  }

  /** Reads what JSON.parse made of a question; `what` is what to call it. */
  readValue(value: unknown, what: string): Reading {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return bad('not_json', undefined, `${what} must be a JSON object, is ${shown(value)}`);
    }
    for (const name in value) {
      if (!isQuestionField(name)) {
        const known = QUESTION_FIELDS.join(', ');
        const fault = `${shown(name)} is not a field; the fields are ${known}`;
        return bad('unknown_field', cut(name), fault);
      }
    }
    return this.#readFields(value);
  }

  #readFields(fields: Fields): Reading {
    const { key, capacity, interval, unit = DEFAULT_UNIT, cost = 1, strict, overdraft } = fields;
    const keyFault = faultOfKey(key);
    if (keyFault !== null) return bad('bad_field', 'key', keyFault);
    const flagFault = faultOfFlags(fields);
    if (flagFault !== null) return { ok: false, ...flagFault };
    if (fields.policy !== undefined) return this.#byPolicy.read(fields);
    if (!isWhole(capacity, 1, MOST_CAPACITY)) {
      return bad('bad_field', 'capacity', wholeFault('capacity', capacity, 1, MOST_CAPACITY));
    }
    if (!isUnit(unit)) {
      const fault = `unit must be one of ${UNITS.join(', ')}, is ${shown(unit)}`;
      return bad('bad_field', 'unit', fault);
    }
    const unitUs = UNITS_US[unit];
    const mostInterval = MOST_INTERVAL_US / unitUs;
    if (!isWhole(interval, 1, mostInterval)) {
      const fault = faultOfInterval(interval, unit, mostInterval);
      return bad('bad_field', 'interval', fault);
    }
    if (!isCost(cost, capacity, overdraft)) {
      return bad('bad_field', 'cost', faultOfCost(cost, capacity, overdraft));
    }
    const limit = this.#limits.get(capacity, capacity, interval * unitUs);
    if (limit === null) {
      const fault = `capacity ${capacity} over an interval of ${interval} ${unit} cannot be counted`;
      const wanted = wantedInterval(interval * unitUs);
      return bad(
        'bad_field',
        'interval',
        `${fault} exactly; wanted is a smaller capacity${wanted}`,
      );
    }
    // JSON knows -0; the table should not.
    const question = { key: key as string, limit, cost: cost + 0 };
    if (strict === undefined && overdraft === undefined) return { ok: true, question };
    return { ok: true, question: { ...question, ...flagsOf(fields) } };
  }
}

function faultOfFlags({ strict, overdraft }: Fields): BadQuestion | null {
  if (!isFlag(strict)) return flagFault('strict', strict);
  return isFlag(overdraft) ? null : flagFault('overdraft', overdraft);
}

function flagFault(field: string, value: unknown): BadQuestion {
  const fault = `${field} must be true or false, is ${shown(value)}`;
  return { reason: 'bad_field', field, fault };
}

/** An overdraft may take what two full buckets have; what is given back is at most one. */
function isCost(cost: unknown, capacity: number, overdraft: unknown): cost is number {
  return isWhole(cost, -capacity, mostCost(capacity, overdraft));
}

function mostCost(capacity: number, overdraft: unknown): number {
  return overdraft === true ? mostOverdraft(capacity) : capacity;
}

function faultOfCost(cost: unknown, capacity: number, overdraft: unknown): string {
  const what = overdraft === true ? ' (twice the capacity)' : ' (the capacity)';
  return wholeFault('cost', cost, -capacity, mostCost(capacity, overdraft), what);
}

function isUnit(unit: unknown): unit is Unit {
  return typeof unit === 'string' && Object.hasOwn(UNITS_US, unit);
}

/** What is wrong with a key; null where nothing is. */
export function faultOfKey(key: unknown): string | null {
  if (typeof key !== 'string') {
    return `key must be a string of 1 to ${MOST_KEY_BYTES} bytes, is ${shown(key)}`;
  }
  // Two keys that differ in a lone surrogate would be one key in UTF-8.
  if (!key.isWellFormed()) return `key must be Unicode text, has a lone surrogate: ${shown(key)}`;
  if (key.length > 0 && key.length <= SURELY_SHORT) return null;
  const bytes = Buffer.byteLength(key, 'utf8');
  if (bytes >= 1 && bytes <= MOST_KEY_BYTES) return null;
  return `key must have 1 to ${MOST_KEY_BYTES} bytes of UTF-8, has ${bytes}`;
}

/** Or left out. */
function isFlag(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === 'boolean';
}

/** With the unit in which it would be a whole number, where there is one. */
function faultOfInterval(interval: unknown, unit: Unit, most: number): string {
  const fault = wholeFault(
    'interval',
    interval,
    1,
    most,
    ` (${MOST_INTERVAL_DAYS} days, unit ${unit})`,
  );
  if (typeof interval !== 'number' || !(interval > 0 && interval <= most)) return fault;
  const asked = interval * UNITS_US[unit];
  // Nearly: 0.07 s are 70000.00000000001 us to a computer.
  const us = Math.round(asked);
  const other = UNITS.findLast((name) => us % UNITS_US[name] === 0);
  if (other === undefined || Math.abs(us - asked) > 1e-9 * us) return `${fault}; us is the finest`;
  return `${fault}; that is ${us / UNITS_US[other]} in unit ${other}`;
}

/** What would be counted in longer ticks; whole seconds are counted in the longest already. */
function wantedInterval(us: number): string {
  if (us % 1_000_000 === 0) return '';
  return us % 1_000 === 0 ? ', or whole seconds' : ', or whole milliseconds or seconds';
}

/** What JSON.parse had to say, without the part of the body it quotes. */
function parseFault(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replace(/, ("|\.\.\.)[\s\S]*$/, '');
}
