/** One address is one key, however it is written, and so is one network of a customer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadQuestionError, keyOfAddress } from '../../src/client/client.ts';

//  an address as somebody writes it, its key
const keys = [
  ['192.0.2.1', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['192.0.2.1:567', '192.0.2.1'],
  ['192.0.2.1:0', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255:65535', '255.255.255.255'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['0000:0000:0000:0000:0000:ffff:192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:567', '192.0.2.1'],
  ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::192.0.2.1', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::', '2001:db8:1:3::/64'],
  ['2001:db8::1:0:0:1', '2001:db8::/64'],
  ['::', '::/64'],
  ['::1', '::/64'],
  ['[::1]:80', '::/64'],
  ['::192.0.2.1', '::/64'],
  ['::fffe:192.0.2.1', '::/64'],
  ['1::ffff:192.0.2.1', '1::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['fe80::1%2', 'fe80::/64'],
  ['[fe80::1%en0]:80', 'fe80::/64'],
] as const;

test.each(keys)('%j is %s', (address, key) => {
  expect(keyOfAddress(address)).toBe(key);
  expect(keyOfAddress(address, { ipv6Prefix: 64 })).toBe(key);
  expect(keyOfAddress(address, { ipv6Prefix: undefined })).toBe(key);
});

//  an address, bits, its key
const prefixes = [
  ['2001:db8:ffff:ffff::1', 32, '2001:db8::/32'],
  ['2001:db8:ffff:ffff::1', 33, '2001:db8:8000::/33'],
  ['2001:db8:ffff:ffff::1', 48, '2001:db8:ffff::/48'],
  ['2001:db8:ffff:ffff::1', 56, '2001:db8:ffff:ff00::/56'],
  ['2001:db8:ffff:ffff::1', 63, '2001:db8:ffff:fffe::/63'],
  ['2001:db8:ffff:ffff::1', 128, '2001:db8:ffff:ffff::1/128'],
  ['2001:db8:ffff:ffff::1', 127, '2001:db8:ffff:ffff::/127'],
  ['ffff::', 1, '8000::/1'],
  ['7fff::', 1, '::/1'],
  ['::1', 128, '::1/128'],
  ['::ffff:192.0.2.1', 1, '192.0.2.1'],
  ['::ffff:192.0.2.1', 128, '192.0.2.1'],
  ['192.0.2.1', 1, '192.0.2.1'],
] as const;

test.each(prefixes)('%s with %i bits is %s', (address, ipv6Prefix, key) => {
  expect(keyOfAddress(address, { ipv6Prefix })).toBe(key);
});

const wrong = [
  undefined,
  null,
  5,
  '',
  ' ',
  'unknown',
  '_hidden',
  'localhost',
  '192.0.2',
  '192.0.2.256',
  '192.0.02.1',
  '192.0.2.1.',
  '192.0.2.1:',
  '192.0.2.1:65536',
  '192.0.2.1:x',
  '192.0.2.1:1:2',
  '192.0.2.1, 192.0.2.2',
  '192.0.2.1/24',
  '192.0.2.1%eth0',
  '[192.0.2.1]',
  '[192.0.2.1]:80',
  '2001:db8::1::',
  '2001:db8:1:2:3:4:5:6:7',
  '2001:db8::g',
  '[2001:db8::1',
  '2001:db8::1]',
  '[2001:db8::1]80',
  '[2001:db8::1]:65536',
  '[]',
  '[]:80',
  'fe80::1%',
  `${'1'.repeat(1_000_000)}.1.1.1`,
];

describe('what is no address', () => {
  test.each(wrong)('is a bad question: %j', (address) => {
    const keyOf = () => keyOfAddress(address as string);
    expect(keyOf).toThrow(BadQuestionError);
    expect(keyOf).toThrow(
      /^Cannot decide this question: the key must come from an IPv4 or IPv6 address, with or without a port, is .{1,90}$/,
    );
    try {
      keyOf();
    } catch (error) {
      expect(error).toMatchObject({ field: 'key', status: 400 });
    }
  });

  test.each([0, 129, 1.5, Number.NaN, '64', null])('nor are %j bits', (ipv6Prefix) => {
    const options = { ipv6Prefix: ipv6Prefix as number };
    const fault = `ipv6Prefix must be a whole number from 1 to 128, is ${ipv6Prefix}`;
    expect(() => keyOfAddress('::1', options)).toThrow(fault);
    expect(() => keyOfAddress('192.0.2.1', options)).toThrow(RangeError);
  });
});

const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const text = fc.ipV6().filter((address) => !address.includes('%'));
const port = fc.nat(65_535);
const prefix = fc.integer({ min: 1, max: 128 });

/** The bits of an address that is written in full. */
function bitsOf(numbers: readonly number[]): string {
  return numbers.map((group) => group.toString(2).padStart(16, '0')).join('');
}

const isMapped = (numbers: readonly number[]) => /^0{80}1{16}/.test(bitsOf(numbers));

function written(numbers: readonly number[], base: (group: number) => string): string {
  return numbers.map(base).join(':');
}

describe('any address', () => {
  test('of IPv4 is its own key, alone, with a port, and as IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, (address, port) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        const spellings = [address, `${address}:${port}`, `::ffff:${address}`, `::ffff:${hex}`];
        spellings.push(`[::ffff:${address}]:${port}`, `0:0:0:0:0:FFFF:${hex.toUpperCase()}`);
        for (const spelling of spellings) expect(keyOfAddress(spelling)).toBe(address);
      }),
    );
  });

  test('of IPv6 has one key in all spellings', () => {
    fc.assert(
      fc.property(groups, port, prefix, (numbers, port, ipv6Prefix) => {
        const full = written(numbers, (group) => group.toString(16).padStart(4, '0'));
        const short = written(numbers, (group) => group.toString(16).toUpperCase());
        const canonical = new URL(`http://[${short}]`).hostname;
        const spellings = [short, canonical.slice(1, -1), canonical, `${canonical}:${port}`];
        spellings.push(`${full}%eth0`, `[${short}%1]:${port}`);
        const key = keyOfAddress(full, { ipv6Prefix });
        for (const spelling of spellings) {
          expect(keyOfAddress(spelling, { ipv6Prefix })).toBe(key);
        }
      }),
    );
  });

  test('of IPv6 shares its key with exactly those of its network', () => {
    // Often alike in front, and different in one bit.
    const pairs = fc
      .tuple(groups, groups, fc.nat(127), fc.boolean())
      .map(([one, two, bit, flip]) => {
        if (!flip) return [one, two] as const;
        const at = Math.floor(bit / 16);
        return [one, one.with(at, (one[at] as number) ^ (0x8000 >> (bit % 16)))] as const;
      });
    fc.assert(
      fc.property(pairs, prefix, ([one, two], ipv6Prefix) => {
        fc.pre(!isMapped(one) && !isMapped(two));
        const [first, second] = [one, two].map((numbers) =>
          keyOfAddress(
            written(numbers, (group) => group.toString(16)),
            { ipv6Prefix },
          ),
        );
        const isOneNetwork = bitsOf(one).slice(0, ipv6Prefix) === bitsOf(two).slice(0, ipv6Prefix);
        expect(first === second).toBe(isOneNetwork);
      }),
      { numRuns: 2_000 },
    );
  });

  test('has a key that is an address of its network', () => {
    fc.assert(
      fc.property(text, (address) => {
        const [network = '', bits] = keyOfAddress(address).split('/');
        expect(keyOfAddress(network)).toBe(bits === undefined ? network : `${network}/${bits}`);
      }),
    );
  });

  test('or any text has a key or is a bad question, and nothing else', () => {
    const pieces = fc.constantFrom(
      '1',
      '255',
      'ffff',
      ':',
      '::',
      '.',
      '[',
      ']',
      '%',
      'g',
      ' ',
      '-',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 24 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(keyOfAddress(text)).toMatch(/^(\d{1,3}(\.\d{1,3}){3}|[\da-f:]+\/64)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(BadQuestionError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
