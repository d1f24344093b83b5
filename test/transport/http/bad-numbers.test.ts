/** Numbers at and beyond the edges, in every field that wants one, and what the refusal says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, freshKey, members } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  const answer = await ask(service, { key: freshKey(), capacity: 1, interval: 1 });
  expect(answer.status).toBe(200);
  await service.stop();
});

type Field = 'capacity' | 'interval' | 'cost' | 'unit';

/** A body in which one field is written as given. */
function bodyWith(field: Field, text: string): string {
  const written = { capacity: '1000000000', interval: '1', cost: '1', unit: '"us"', [field]: text };
  const pairs = Object.entries(written).map(([name, value]) => `"${name}":${value}`);
  return `{"key":"${freshKey()}",${pairs.join()}}`;
}

//  as written, how the refusal shows it
const neverNumbers = [
  ['-1.5', '-1.5'],
  ['1.5', '1.5'],
  ['0.1', '0.1'],
  ['1e-9', '1e-9'],
  ['1e308', '1e+308'],
  ['-1e308', '-1e+308'],
  ['1e999', 'Infinity'],
  ['-1e999', '-Infinity'],
  ['9007199254740992', '9007199254740992'],
  ['9007199254740993', '9007199254740992'],
  ['"NaN"', '"NaN"'],
  ['"5"', '"5"'],
  ['""', '""'],
  ['null', 'null'],
  ['true', 'true'],
  ['false', 'false'],
  ['[]', 'an array'],
  ['[5]', 'an array'],
  ['{}', 'an object'],
  ['{"valueOf":5}', 'an object'],
] as const;

describe.each(['capacity', 'interval', 'cost'] as const)('%s', (field) => {
  test.each(neverNumbers)('is refused by name and value when it is %s', async (text, shown) => {
    expectProblem(await ask(service, bodyWith(field, text)), 400, field, 'whole number', shown);
  });

  test.each(['NaN', '+1', '01', '1.', '.5', '0x10', '1_000', '- 1'])(
    'written as %s is no JSON',
    async (text) => {
      expectProblem(await ask(service, bodyWith(field, text)), 400, 'JSON');
    },
  );
});

describe('the edges', () => {
  //  field, as written, status
  const edges = [
    ['capacity', '-1', 400],
    ['capacity', '-1e9', 400],
    ['capacity', '0', 400],
    ['capacity', '1', 200],
    ['capacity', '1000000000', 200],
    ['capacity', '1e9', 200],
    ['capacity', '1000000001', 400],
    ['capacity', '2147483648', 400],
    ['capacity', '4294967296', 400],
    ['capacity', '4294967297', 400],
    ['interval', '-1', 400],
    ['interval', '-1e9', 400],
    ['interval', '0', 400],
    ['interval', '1', 200],
    ['interval', '1e9', 200],
    ['interval', '2147483648', 200],
    ['interval', '4294967296', 200],
    ['interval', '31622400000000', 200],
    ['interval', '31622400000001', 400],
    ['cost', '-1000000001', 400],
    ['cost', '-1e9', 200],
    ['cost', '-1', 200],
    ['cost', '0', 200],
    ['cost', '1', 200],
    ['cost', '1000000000', 200],
    ['cost', '1000000001', 400],
    ['cost', '2147483648', 400],
    ['cost', '4294967296', 400],
  ] as const;
  test.each(edges)('%s %s is answered %d', async (field, text, status) => {
    const answer = await ask(service, bodyWith(field, text));
    if (status === 200) expect(members(answer)).toMatchObject({ allowed: true });
    else expectProblem(answer, status, field, String(Number(text)));
  });

  test('a cost above the capacity is refused, and the refusal names both', async () => {
    const question = { key: freshKey(), capacity: 10, interval: 1, cost: 11 };
    expectProblem(await ask(service, question), 400, 'cost', '11', '10', 'capacity');
  });

  //  366 days in each unit
  const longest = [
    ['us', 31_622_400_000_000],
    ['ms', 31_622_400_000],
    ['s', 31_622_400],
    ['m', 527_040],
    ['h', 8_784],
    ['d', 366],
  ] as const;
  test.each(longest)('an interval of 366 days in %s is the longest', async (unit, interval) => {
    const question = { key: freshKey(), capacity: 1, interval, unit };
    expect((await ask(service, question)).status).toBe(200);
    const more = await ask(service, { ...question, interval: interval + 1 });
    expectProblem(more, 400, 'interval', String(interval + 1), '366 days');
  });

  //  bytes in 30 days, 100 GB and 100 GiB; the most that a header field can name, and more
  test.each([
    [100_000_000_000, 30, 'd', '"default";q=100000000000;w=2592000'],
    [100 * 2 ** 30, 30, 'd', '"default";q=107374182400;w=2592000'],
    [999_999_999_000_000, 1, 's', '"default";q=999999999000000;w=1'],
    [1_000_000_000_000_000, 1, 's', null],
  ])('%d in %d %s are counted exactly', async (capacity, interval, unit, policy) => {
    const asked = { key: freshKey(), capacity, interval, unit };
    const taken = await ask(service, { ...asked, cost: capacity });
    expect([taken.status, JSON.parse(taken.body).remaining]).toEqual([200, 0]);
    expect(taken.headers['ratelimit-policy'] ?? null).toBe(policy);
    expect((await ask(service, { ...asked, cost: capacity })).status).toBe(429);
  });

  test.each([
    [999_999_937, 366, 'd'],
    [999_999_937, 31_622_399, 's'],
    [999_999_937, 9_007_201, 'us'],
    [1_000_000_000, 31_622_399_999, 'ms'],
  ])('%d in %d %s cannot be counted exactly, and is refused', async (capacity, interval, unit) => {
    const answer = await ask(service, { key: freshKey(), capacity, interval, unit });
    expectProblem(answer, 400, 'interval', String(capacity), 'exactly');
  });
});

describe('unit', () => {
  const units = ['""', '"S"', '"sec"', '"second"', '"ns"', '"s "', '"µs"', '"__proto__"'];
  const others = ['"constructor"', '"toString"', 'null', '1', 'true', '["s"]', '{}'];
  test.each([...units, ...others])('%s is refused, with the units that there are', async (text) => {
    expectProblem(await ask(service, bodyWith('unit', text)), 400, 'unit', 'us, ms, s, m, h, d');
  });
});

describe('a field that is missing', () => {
  test.each(['key', 'capacity', 'interval'])('%s is named', async (field) => {
    const whole: Record<string, unknown> = { key: freshKey(), capacity: 5, interval: 60 };
    delete whole[field];
    expectProblem(await ask(service, whole), 400, field);
  });
});
