/** What is said of a wrong question: what is wrong with it, and what would be right. */
import { expect, test } from 'vitest';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';

const GOOD = { key: 'a', capacity: 10, interval: 1 };

function faultOf(question: object | string): string {
  const text = typeof question === 'string' ? question : JSON.stringify(question);
  const reading = new RequestReader().readBytes(Buffer.from(text));
  return reading.ok ? 'none' : reading.fault;
}

const SECONDS = 'interval must be a whole number from 1 to 31622400 (366 days, unit s)';
const MICROS = 'interval must be a whole number from 1 to 31622400000000 (366 days, unit us)';
const WEEKS = 'interval must be a whole number from 1 to 366 (366 days, unit d)';
const LONG = { ...GOOD, capacity: 999_999_999 };
const INEXACT = 'capacity 999999999 over an interval of';

//  what differs from a good question, what is said of it
test.each<[object, string]>([
  [{ cost: 11 }, 'cost must be a whole number from -10 to 10 (the capacity), is 11'],
  [{ cost: -11 }, 'cost must be a whole number from -10 to 10 (the capacity), is -11'],
  [{ cost: '1' }, 'cost must be a whole number from -10 to 10 (the capacity), is "1"'],
  [{ interval: undefined }, `${SECONDS}, is missing`],
  [{ interval: '1' }, `${SECONDS}, is "1"`],
  [{ interval: 0 }, `${SECONDS}, is 0`],
  [{ interval: -0.5 }, `${SECONDS}, is -0.5`],
  [{ interval: 31_622_401 }, `${SECONDS}, is 31622401`],
  [{ interval: 0.5 }, `${SECONDS}, is 0.5; that is 500 in unit ms`],
  [{ interval: 0.07 }, `${SECONDS}, is 0.07; that is 70 in unit ms`],
  [{ interval: 90.5 }, `${SECONDS}, is 90.5; that is 90500 in unit ms`],
  [{ interval: 0.00025 }, `${SECONDS}, is 0.00025; that is 250 in unit us`],
  [{ interval: 0.000_000_1 }, `${SECONDS}, is 1e-7; us is the finest`],
  [{ interval: 0.5, unit: 'us' }, `${MICROS}, is 0.5; us is the finest`],
  [{ interval: 1.5, unit: 'd' }, `${WEEKS}, is 1.5; that is 36 in unit h`],
  [{ interval: 400, unit: 'd' }, `${WEEKS}, is 400`],
  [{ unit: 'min' }, 'unit must be one of us, ms, s, m, h, d, is "min"'],
  [{ strict: 1 }, 'strict must be true or false, is 1'],
])('%j', (change, fault) => {
  expect(faultOf({ ...GOOD, ...change })).toBe(fault);
});

//  interval, unit, what is wanted
test.each([
  [31_622_399_999, 'ms', 'a smaller capacity, or whole seconds'],
  [31_622_399_999_999, 'us', 'a smaller capacity, or whole milliseconds or seconds'],
  [31_622_399, 's', 'a smaller capacity'],
])('an interval of %d %s that cannot be counted: %s is wanted', (interval, unit, wanted) => {
  const fault = `${INEXACT} ${interval} ${unit} cannot be counted exactly; wanted is ${wanted}`;
  expect(faultOf({ ...LONG, interval, unit })).toBe(fault);
});

test.each([
  ['', 'the body must be a JSON object, is empty'],
  ['[]', 'the body must be a JSON object, is an array'],
  ['null', 'the body must be a JSON object, is null'],
  ['{', expect.stringMatching(/^the body must be a JSON object: Expected property name /)],
])('the body %j', (body, fault) => {
  expect(faultOf(body)).toEqual(fault);
});
