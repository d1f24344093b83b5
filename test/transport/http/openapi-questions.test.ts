/** The OpenAPI document's schema of a question and the service take and refuse the same. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limitOf } from '../../../src/bucket/limit.ts';
import { MOST_CAPACITY, MOST_INTERVAL_US } from '../../../src/contract/bounds.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { freshKey, get } from '../../support/ask.ts';
import { type Service, startService } from '../../support/service.ts';
import { askMany, itemsOf } from './batch.ts';
import { type Document, faultsOf, readDocument, schemaOf } from './openapi-document.ts';

let service: Service;
let document: Document;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '1'] });
  document = await readDocument((await get(service, '/openapi.json')).body);
});
afterAll(async () => {
  await service.stop();
});

/** What the schema of a question does not say, and its descriptions do. */
const UNSAID: Readonly<Record<string, (question: Asked) => boolean>> = {
  'a cost above the capacity, or as far below 0': ({ cost = 1, capacity, overdraft }) =>
    cost < -capacity || cost > (overdraft === true ? 2 * capacity : capacity),
  'an interval over 366 days in its unit': (question) => intervalUs(question) > MOST_INTERVAL_US,
  'a key over 256 bytes in at most 256 characters': ({ key }) => Buffer.byteLength(key) > 256,
  'a key with a lone surrogate': ({ key }) => !key.isWellFormed(),
  'a limit that cannot be counted exactly': (question) =>
    intervalUs(question) <= MOST_INTERVAL_US &&
    limitOf({
      capacity: question.capacity,
      count: question.capacity,
      periodUs: intervalUs(question),
    }) === null,
};

interface Asked {
  readonly key: string;
  readonly capacity: number;
  readonly interval: number;
  readonly unit?: keyof typeof UNITS_US;
  readonly cost?: number;
  readonly overdraft?: boolean;
}

const UNITS_US = { us: 1, ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 };

function intervalUs({ interval, unit = 's' }: Asked): number {
  return interval * UNITS_US[unit];
}

function unsaid(question: Asked): readonly string[] {
  return Object.keys(UNSAID).filter((name) => UNSAID[name]?.(question));
}

const reader = new RequestReader();

/** Whether the service takes these bytes for a question. */
function read(text: string): boolean {
  return reader.readBytes(Buffer.from(text)).ok;
}

/** Whether the schema takes this text for a question. */
function fits(text: string): boolean {
  return faultsOf(schemaOf(document, 'Question'), JSON.parse(text)) === '';
}

const bounds = [1, 366, 8_784, 527_040, 31_622_400, MOST_CAPACITY, MOST_INTERVAL_US];
const numbers = fc.oneof(
  fc.constantFrom(...bounds.flatMap((bound) => [bound - 1, bound, bound + 1])).map(String),
  fc.integer({ min: 1, max: MOST_CAPACITY }).map(String),
  fc.integer({ min: 1, max: MOST_INTERVAL_US }).map(String),
  fc.nat({ max: 100 }).map(String),
  fc.constantFrom('1e3', '1.0', '-0', '0.5', '-1', '1e9', '1e999', '1e-400', '9007199254740993'),
);
const others = fc.constantFrom('null', 'true', '"5"', '[]', '[5]', '{}', '""', '"s"');
const keys = fc.oneof(
  fc.constantFrom('', 'a', '\ud800', '🦚'.repeat(64), '🦚'.repeat(65), 'é'.repeat(129)),
  fc.integer({ min: 255, max: 257 }).map((length) => 'k'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const units = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('us', 'ms', 's', 'm', 'h', 'd') },
  { weight: 3, arbitrary: fc.constant('us') },
  { weight: 1, arbitrary: fc.constantFrom('S', 'sec', '', 'toString') },
);

/** Mostly good values, now and then one of another type. */
const either = (good: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 20, arbitrary: good }, { weight: 1, arbitrary: others });
const often = (value: fc.Arbitrary<string>) => fc.option(value, { freq: 20, nil: undefined });
const sometimes = (value: fc.Arbitrary<string>) => fc.option(value, { freq: 2, nil: undefined });
const asText = (text: string) => JSON.stringify(text);

const fields = fc.record({
  key: often(either(keys.map(asText))),
  capacity: often(either(numbers)),
  interval: often(either(numbers)),
  unit: sometimes(either(units.map(asText))),
  cost: sometimes(either(numbers)),
  strict: sometimes(either(fc.constantFrom('true', 'false'))),
  overdraft: sometimes(either(fc.constantFrom('true', 'false'))),
});
const unknown = fc.constantFrom('Key', 'burst', '__proto__', 'constructor', '', 'units');
const more = fc.oneof(
  { weight: 20, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(fc.tuple(unknown, others)) },
);

/** Texts of JSON, most of them nearly a question. */
const questions = fc.tuple(fields, more).map(([known, added]) => {
  const members = [...Object.entries(known), ...added].filter(([, value]) => value !== undefined);
  return `{${members.map(([name, value]) => `${asText(name)}:${value}`).join(',')}}`;
});

describe('the schema of a question and the service agree', () => {
  test('on generated questions, but for what a schema does not say', () => {
    const seen = new Set<string>();
    const isAgreed = (text: string) => {
      const doubts = fits(text) ? unsaid(JSON.parse(text)) : ['what the schema refuses'];
      expect([text, read(text)]).toEqual([text, doubts.length === 0]);
      seen.add(doubts[0] ?? 'nothing wrong');
    };
    fc.assert(fc.property(questions, isAgreed), { numRuns: 5_000 });
    fc.assert(fc.property(fc.json(), isAgreed));
    const all = [...Object.keys(UNSAID), 'what the schema refuses', 'nothing wrong'];
    expect([...seen].toSorted()).toEqual(all.toSorted());
  });

  test('over HTTP, in batches of a thousand', async () => {
    const texts = fc.sample(questions, 1_000);
    const items = itemsOf(await askMany(service, `[${texts.join(',')}]`));
    expect(items.length).toBe(1_000);
    for (const [i, text] of texts.entries()) {
      const wanted = fits(text) && unsaid(JSON.parse(text)).length === 0;
      expect([text, items[i]?.error === undefined]).toEqual([text, wanted]);
    }
  });

  //  the only thing wrong, a question
  test.each([
    [
      'a cost above the capacity, or as far below 0',
      { key: 'a', capacity: 5, interval: 1, cost: 6 },
    ],
    [
      'a cost above the capacity, or as far below 0',
      { key: 'a', capacity: 5, interval: 1, cost: MOST_CAPACITY },
    ],
    ['an interval over 366 days in its unit', { key: 'a', capacity: 5, interval: 31_622_401 }],
    ['an interval over 366 days in its unit', { key: 'a', capacity: 5, interval: 367, unit: 'd' }],
    [
      'a key over 256 bytes in at most 256 characters',
      { key: 'é'.repeat(129), capacity: 5, interval: 1 },
    ],
    ['a key with a lone surrogate', { key: '\ud800', capacity: 5, interval: 1 }],
    [
      'a limit that cannot be counted exactly',
      { key: 'a', capacity: MOST_CAPACITY, interval: 31_622_399_999_999, unit: 'us' },
    ],
  ] as const)('except on %s', (name, question) => {
    expect(unsaid(question)).toEqual([name]);
    expect([fits(JSON.stringify(question)), read(JSON.stringify(question))]).toEqual([true, false]);
  });

  //  what it is, a question
  test.each([
    ['plain', '{"key":"a","capacity":5,"interval":1}'],
    ['at its upper bounds', '{"key":"a","capacity":1000000000,"interval":366,"unit":"d"}'],
    ['of all the cost there may be', '{"key":"a","capacity":7,"interval":1,"cost":7}'],
    ['by its value', '{"key":"a","capacity":1e3,"interval":1.0,"cost":-0}'],
    ['of the store', '{"key":"a","capacity":5,"interval":1,"strict":true}'],
    ['with the longest key', `{"key":"${'k'.repeat(256)}","capacity":5,"interval":1}`],
  ])('on a good one: %s', (_, text) => {
    expect([fits(text), unsaid(JSON.parse(text)), read(text)]).toEqual([true, [], true]);
  });

  //  what is wrong, a question
  test.each([
    ['no key', '{"capacity":5,"interval":1}'],
    ['no capacity', '{"key":"a","interval":1}'],
    ['no interval', '{"key":"a","capacity":5}'],
    ['an empty key', '{"key":"","capacity":5,"interval":1}'],
    ['a long key', `{"key":"${'k'.repeat(257)}","capacity":5,"interval":1}`],
    ['capacity 0', '{"key":"a","capacity":0,"interval":1}'],
    ['capacity over 2^53 - 1', '{"key":"a","capacity":9007199254740992,"interval":1}'],
    ['interval 0', '{"key":"a","capacity":5,"interval":0}'],
    ['half an interval', '{"key":"a","capacity":5,"interval":0.5}'],
    ['another unit', '{"key":"a","capacity":5,"interval":1,"unit":"w"}'],
    ['unit null', '{"key":"a","capacity":5,"interval":1,"unit":null}'],
    ['half a cost', '{"key":"a","capacity":5,"interval":1,"cost":-0.5}'],
    ['overdraft null', '{"key":"a","capacity":5,"interval":1,"overdraft":null}'],
    ['strict null', '{"key":"a","capacity":5,"interval":1,"strict":null}'],
    ['strict 1', '{"key":"a","capacity":5,"interval":1,"strict":1}'],
    ['a number past counting', '{"key":"a","capacity":1e999,"interval":1}'],
    ['an unknown field', '{"key":"a","capacity":5,"interval":1,"burst":1}'],
    ['a field __proto__', '{"key":"a","capacity":5,"interval":1,"__proto__":{}}'],
    ['an array', '[]'],
  ])('on a bad one: %s', (_, text) => {
    expect([fits(text), read(text)]).toEqual([false, false]);
  });

  test.each([
    [0, false],
    [1, true],
    [32, true],
    [33, false],
  ])('on %d that are taken all or none', async (length, isTaken) => {
    const all = Array.from({ length }, () => ({ key: freshKey(), capacity: 5, interval: 1 }));
    expect(faultsOf(schemaOf(document, 'AllOrNone'), { all }) === '').toBe(isTaken);
    expect(faultsOf(schemaOf(document, 'AllOrNone'), { all, any: 1 })).not.toBe('');
    expect((await askMany(service, { all })).status).toBe(isTaken ? 200 : 400);
  });

  test.each([
    [0, false],
    [1, true],
    [1_000, true],
    [1_001, false],
  ])('on a batch of %d', async (length, isTaken) => {
    const batch = Array.from({ length }, () => ({ key: freshKey(), capacity: 5, interval: 1 }));
    expect(faultsOf(schemaOf(document, 'Questions'), batch) === '').toBe(isTaken);
    expect((await askMany(service, batch)).status).toBe(isTaken ? 200 : 400);
  });
});

describe('the schema of a batch and the service agree', () => {
  const good = { key: 'a', capacity: 5, interval: 1 };
  //  what it is, the body
  test.each([
    ['a question', [good]],
    ['nothing', []],
    ['null', [null]],
    ['anything but questions', [null, 5, 'x', [], {}, true]],
    ['a question among others', [null, good]],
    ['as many as there may be', Array(1_000).fill(null)],
    ['one more', Array(1_001).fill(null)],
    ['no array', null],
  ])('on %s', async (_, body) => {
    const isGood = faultsOf(schemaOf(document, 'Questions'), body) === '';
    expect((await askMany(service, JSON.stringify(body))).status).toBe(isGood ? 200 : 400);
  });
});
