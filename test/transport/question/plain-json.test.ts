/** The short way to read a question reads what JSON.parse would, or nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';

const reader = new RequestReader();

/** What the short way reads of a body; null where it declines. */
function plain(body: string): unknown {
  return reader.readPlain(Buffer.from(body).toString('latin1'), 0);
}

//  read the short way
test.each([
  '{"key":"a","capacity":5,"interval":1}',
  '{"key":"a","capacity":5,"interval":1,"unit":"ms","cost":0}',
  '{"key": "a", "capacity": 5, "interval": 1}',
  '{"interval":1,"capacity":5,"key":"a b/c:d,{}[]"}',
  '{"key":"a","capacity":5,"interval":1,"cost":6}',
  '{"key":"a","capacity":0,"interval":999999999999999}',
  '{"key":"","capacity":5,"interval":1}',
  '{"key":"a"}',
])('%s is read as JSON.parse reads it', (body) => {
  expect(plain(body)).not.toBeNull();
  expect(plain(body)).toEqual(reader.readJson(Buffer.from(body)));
});

//  left to JSON.parse
test.each([
  '',
  '{',
  '{}',
  '{"key":"a"',
  '{"key":"a"}}',
  '{"key":"a"} ',
  ' {"key":"a"}',
  '{"key":"a",}',
  '{,"key":"a"}',
  '{"key":"a" "unit":"s"}',
  '{"key":"a","key":"b"}',
  '{"cost":1,"cost":1}',
  '{"capacity":1,"capacity":2}',
  '{"interval":1,"interval":2}',
  '{"unit":"s","unit":"s"}',
  '{"key":5}',
  '{"capacity":"5"}',
  '{"other":5}',
  '{"strict":true}',
  '{"strict":1}',
  '{"Key":"a"}',
  '{"key":"\\u0061"}',
  '{"k\\u0065y":"a"}',
  '{"key":"ä"}',
  '{"key":"a\tb"}',
  '{"key":"a\u007f"}',
  '{"key":"a\0"}',
  '{"key":null}',
  '{"capacity":05}',
  '{"capacity":-5}',
  '{"capacity":+5}',
  '{"capacity":5.0}',
  '{"capacity":5e0}',
  '{"capacity":0x5}',
  '{"capacity":}',
  '{"capacity":1234567890123456}',
  '[{"key":"a"}]',
  '"key"',
])('%j is left to JSON.parse', (body) => {
  expect(plain(body)).toBeNull();
});

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('s', 'ms', 'd', 'key', '"', '\\', '\\"', '\\u0000'),
);
const value = fc.oneof(
  text.map((one) => JSON.stringify(one)),
  fc.nat().map(String),
  fc.constantFrom('0', '-0', '00', '1', '1.0', '1e3', '-1', '999999999999999', '9007199254740993'),
  fc.constantFrom('null', 'true', '[]', '{}', '""', ''),
);
const name = fc.constantFrom('key', 'capacity', 'interval', 'unit', 'cost', 'strict', '__proto__');
const colon = fc.constantFrom(':', ':', ':', ': ', ' :', ':  ', '');
const comma = fc.constantFrom(',', ',', ',', ', ', ' ,', ',,', '');
const member = fc
  .tuple(name, colon, value, comma)
  .map(([field, between, is, after]) => ({ text: `"${field}"${between}${is}`, after }));
/** Of the right kind, so that some bodies are good ones. */
const plainMember = fc
  .oneof(
    fc.tuple(fc.constantFrom('key', 'unit'), fc.constantFrom('"a"', '"s"', '"ms"', '"a b"')),
    fc.tuple(fc.constantFrom('capacity', 'interval', 'cost'), fc.nat().map(String)),
  )
  .map(([field, is]) => ({ text: `"${field}":${is}`, after: ',' }));
const body = fc
  .tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: plainMember }, { weight: 1, arbitrary: member }), {
      maxLength: 6,
    }),
    fc.constantFrom('', '', '', ' ', '}', '\n'),
  )
  .map(([members, end]) => {
    const all = members.map((one, i) => (i < members.length - 1 ? one.text + one.after : one.text));
    return `{${all.join('')}}${end}`;
  });

test('whatever is read the short way is what JSON.parse makes of it', () => {
  let read = 0;
  const property = fc.property(body, (json) => {
    const short = plain(json);
    if (short === null) return;
    read++;
    expect(short).toEqual(reader.readJson(Buffer.from(json)));
  });
  fc.assert(property, { numRuns: 20_000 });
  expect(read).toBeGreaterThan(500);
});
