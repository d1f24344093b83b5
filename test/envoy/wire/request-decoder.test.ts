/** Requests of Envoy are read as a library reads them, whatever the bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RateLimitRequest } from '../../../src/envoy/request.ts';
import { decodeRequest } from '../../../src/envoy/wire/request-decoder.ts';
import { judged, RequestType, Writer } from './judge.ts';

const FUZZ = Number(process.env['ARGUS_FUZZ'] ?? 100_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 1);

/** What the library has read, in our words. */
function ofLibrary(bytes: Uint8Array): RateLimitRequest | null {
  let read: Record<string, unknown>;
  try {
    read = judged(RequestType, bytes);
  } catch {
    return null;
  }
  const text = (base64: unknown) => Buffer.from(String(base64 ?? ''), 'base64').toString('latin1');
  type Json = Record<string, never>;
  const descriptors = (read['descriptors'] as unknown as Json[]).map((one) => {
    const { entries, limit, hitsAddend, isNegativeHits } = one;
    const pairs = (entries as unknown as Json[]).flatMap(({ key, value }) => [
      text(key),
      text(value),
    ]);
    const override = limit as unknown as Json | undefined;
    const addend = hitsAddend as unknown as Json | undefined;
    return {
      entries: pairs,
      limit:
        override === undefined
          ? null
          : { requests: override['requestsPerUnit'] ?? 0, unit: override['unit'] ?? 0 },
      hits:
        addend === undefined
          ? null
          : Math.min(Number(addend['value'] ?? 0), Number.MAX_SAFE_INTEGER),
      isNegative: isNegativeHits ?? false,
    };
  });
  return {
    domain: text(read['domain']),
    descriptors,
    hits: Number(read['hitsAddend'] ?? 0),
  };
}

const someBytes = fc.uint8Array({ maxLength: 12 });
const request = fc.record({
  domain: someBytes,
  descriptors: fc.array(
    fc.record(
      {
        entries: fc.array(fc.record({ key: someBytes, value: someBytes }), { maxLength: 4 }),
        limit: fc.record({ requestsPerUnit: fc.nat(0xffff_ffff), unit: fc.nat(9) }),
        hitsAddend: fc.record({ value: fc.oneof(fc.nat(300), fc.maxSafeNat()) }),
        isNegativeHits: fc.boolean(),
      },
      { requiredKeys: ['entries'] },
    ),
    { maxLength: 4 },
  ),
  hitsAddend: fc.oneof(fc.nat(3), fc.nat(0xffff_ffff)),
});

/** Fields that nobody knows, groups among them, at the end of a message. */
const unknown = fc.constantFrom(
  '',
  '2001',
  '3a03616263',
  '4b08014c',
  '410000000000000000',
  '4d00000000',
);

test(`of ${FUZZ} random messages each is read as the library reads it`, () => {
  fc.assert(
    fc.property(request, unknown, (value, extra) => {
      const bytes = Buffer.concat([
        RequestType.encode(RequestType.fromObject(value)).finish(),
        Buffer.from(extra, 'hex'),
      ]);
      expect(decodeRequest(bytes)).toEqual(ofLibrary(bytes));
    }),
    { numRuns: FUZZ, seed: SEED },
  );
}, 3_600_000);

test('bytes that were changed are read as the library reads them, or refused, and never thrown at', () => {
  fc.assert(
    fc.property(
      request,
      fc.array(fc.tuple(fc.nat(), fc.nat(255))),
      fc.nat(),
      (value, flips, cut) => {
        const bytes = Buffer.from(RequestType.encode(RequestType.fromObject(value)).finish());
        for (const [at, byte] of flips) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const short = bytes.subarray(0, cut % (bytes.length + 1));
        const ours = decodeRequest(short);
        const theirs = ofLibrary(short);
        if (ours !== null && theirs !== null) expect(ours).toEqual(theirs);
        else expect([ours, theirs]).toEqual([null, null]);
      },
    ),
    { numRuns: Math.ceil(FUZZ / 10), seed: SEED },
  );
}, 3_600_000);

//  a message in hex, what it is
test.each([
  ['ff', 'a tag without an end'],
  ['0a05646f', 'a text beyond the end'],
  ['0affffffffffffffffff01', 'a text as long as anything'],
  ['1880808080808080808080808001', 'a number of more than ten bytes'],
  ['00', 'the field 0'],
  ['0f', 'a way to write that there is none of'],
  ['4c', 'the end of a group that nobody began'],
  ['4b', 'a group without an end'],
  ['4d0000', 'four bytes of which two are there'],
  ['41000000', 'eight bytes of which three are there'],
  ['12030a0500', 'an entry that is longer than its descriptor'],
  ['12051a0308ff', 'hits that are cut within a descriptor'],
  ['4b'.repeat(200) + '4c'.repeat(200), 'groups without measure'],
])('%s is malformed: %s', (hex) => {
  expect(decodeRequest(Buffer.from(hex, 'hex'))).toBeNull();
});

//  a descriptor in hex, its hits, whether they are given back
test.each([
  ['', null, false],
  ['1a00', 0, false],
  ['1a020805', 5, false],
  ['1a0208052001', 5, true],
  ['2001', null, true],
  ['1a0208051a00', 5, false],
  ['1a0b08ffffffffffffffffff01', Number.MAX_SAFE_INTEGER, false],
])('a descriptor of %s has %j hits', (hex, hits, isNegative) => {
  const bytes = Buffer.from(hex, 'hex');
  const message = Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]);
  expect(decodeRequest(message)?.descriptors).toEqual([
    { entries: [], limit: null, hits, isNegative },
  ]);
});

test('what Envoy was seen to send is read: a call at its smallest, and one with a limit', () => {
  const smallest = Buffer.from('0a03646f6d12080a060a016b120176', 'hex');
  expect(decodeRequest(smallest)).toEqual({
    domain: 'dom',
    descriptors: [{ entries: ['k', 'v'], limit: null, hits: null, isNegative: false }],
    hits: 0,
  });
  const limited = Buffer.from('0a03646f6d120c0a060a016b1201761204082a1003', 'hex');
  limited[6] = 0x0e;
  expect(decodeRequest(limited)?.descriptors[0]?.limit).toEqual({ requests: 42, unit: 3 });
});

test('a limit that is there twice is one, with the fields of both', () => {
  const message = Buffer.from('12081202080512021003', 'hex');
  expect(decodeRequest(message)?.descriptors[0]?.limit).toEqual({ requests: 5, unit: 3 });
});

test('bytes of a value are neither repaired nor refused', () => {
  const value = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
  const bytes = new Writer().uint32(0x12).fork().uint32(0x0a).fork();
  bytes.uint32(0x0a).bytes(Buffer.from('k')).uint32(0x12).bytes(value).ldelim().ldelim();
  const [, read = ''] = decodeRequest(bytes.finish())?.descriptors[0]?.entries ?? [];
  expect(Buffer.from(read, 'latin1')).toEqual(value);
});
