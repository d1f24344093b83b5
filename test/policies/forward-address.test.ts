/** Whose address it is, whatever a client writes into X-Forwarded-For before the proxies do. */
import { expect, test } from 'vitest';
import { forwardKey } from '../../src/policies/forward-key.ts';
import { requestOf, ruleOf } from './forward-request.ts';

/** Null where it is not there. */
function addressOf(lines: readonly string[], trustedHops = 1, ipv6Prefix = 64): string | null {
  const fields = lines.flatMap((line) => ['X-Forwarded-For', line]);
  const rule = ruleOf(['address'], { trustedHops, ipv6Prefix });
  const found = forwardKey(rule, requestOf({ fields }));
  return found === null ? null : found.subject.slice('address:'.length);
}

//  what it shows, lines of X-Forwarded-For, trusted hops, the address
test.each([
  ['what the one proxy saw', ['192.0.2.1'], 1, '192.0.2.1'],
  ['a forged one stands to its left', ['198.51.100.7, 192.0.2.1'], 1, '192.0.2.1'],
  ['and so do many', ['1.1.1.1,2.2.2.2,3.3.3.3,192.0.2.1'], 1, '192.0.2.1'],
  ['two proxies: what the outer one saw', ['192.0.2.1, 10.0.0.1'], 2, '192.0.2.1'],
  ['two proxies and a forged one', ['198.51.100.7, 192.0.2.1, 10.0.0.1'], 2, '192.0.2.1'],
  ['three proxies', ['192.0.2.1, 10.0.0.2, 10.0.0.1'], 3, '192.0.2.1'],
  ['fewer places than hops', ['10.0.0.1'], 2, null],
  ['a place more than hops', ['198.51.100.7, 10.0.0.1'], 1, '10.0.0.1'],
  ['no line', [], 1, null],
  ['an empty line', [''], 1, null],
  ['lines are one list', ['192.0.2.1', '10.0.0.1'], 2, '192.0.2.1'],
  ['a proxy adds a line behind the forged one', ['198.51.100.7', '192.0.2.1'], 1, '192.0.2.1'],
  ['forged lines, each a list', ['1.1.1.1, 2.2.2.2', '3.3.3.3', '192.0.2.1'], 1, '192.0.2.1'],
  ['an empty line before it', ['', '192.0.2.1'], 1, '192.0.2.1'],
  ['no white space', ['198.51.100.7,192.0.2.1'], 1, '192.0.2.1'],
  ['much white space', ['198.51.100.7 ,  \t192.0.2.1 '], 1, '192.0.2.1'],
  ['an empty place is a place', ['192.0.2.1,'], 1, null],
  ['an empty place is a place for the hops', ['192.0.2.1, , 10.0.0.1'], 2, null],
  ['and no place is left out', ['192.0.2.1, , 10.0.0.1'], 3, '192.0.2.1'],
  ['commas alone', [',,,'], 1, null],
  ['commas of a client', [',,, 192.0.2.1'], 1, '192.0.2.1'],
  ['words of a client', ['unknown, "quoted, list", 192.0.2.1'], 1, '192.0.2.1'],
  ['words in the place', ['192.0.2.1, unknown'], 1, null],
  ['a place that is obscured', ['192.0.2.1, _hidden'], 1, null],
  ['a Unix socket', ['unix:'], 1, null],
  ['a field of Forwarded', ['for=192.0.2.1'], 1, null],
  ['semicolons part nothing', ['198.51.100.7; 192.0.2.1'], 1, null],
  ['a name', ['localhost'], 1, null],
  ['a number', ['3221225985'], 1, null],
  ['a number too few', ['192.0.2'], 1, null],
  ['a number too many', ['192.0.2.1.1'], 1, null],
  ['a number too large', ['192.0.2.256'], 1, null],
  ['leading zeros, which some read as octal', ['192.0.2.010'], 1, null],
  ['in quotes', ['"192.0.2.1"'], 1, null],
  ['a port', ['192.0.2.1:4711'], 1, '192.0.2.1'],
  ['a port that is none', ['192.0.2.1:65536'], 1, null],
  ['a port that is empty', ['192.0.2.1:'], 1, null],
  ['IPv4 in brackets', ['[192.0.2.1]'], 1, null],
  ['IPv6 is its network', ['2001:db8:1:2:3:4:5:6'], 1, '2001:db8:1:2::/64'],
  ['in capitals, zeros written out', ['2001:0DB8:0001:0002::9'], 1, '2001:db8:1:2::/64'],
  ['in brackets', ['[2001:db8:1:2::9]'], 1, '2001:db8:1:2::/64'],
  ['in brackets, a port', ['[2001:db8:1:2::9]:443'], 1, '2001:db8:1:2::/64'],
  ['without brackets the port is a group', ['2001:db8:1:2:3:4:5:443'], 1, '2001:db8:1:2::/64'],
  ['a bracket too few', ['[2001:db8:1:2::9'], 1, null],
  ['a zone', ['fe80::1%eth0'], 1, 'fe80::/64'],
  ['a zone in brackets, a port', ['[fe80::1%eth0]:443'], 1, 'fe80::/64'],
  ['IPv4 in IPv6', ['::ffff:192.0.2.1'], 1, '192.0.2.1'],
  ['IPv4 in IPv6, in hexadecimal', ['::ffff:c000:201'], 1, '192.0.2.1'],
  ['IPv4 in IPv6, in brackets, a port', ['[::ffff:192.0.2.1]:443'], 1, '192.0.2.1'],
  ['IPv4 in IPv6, a zone', ['::ffff:192.0.2.1%2'], 1, '192.0.2.1'],
  ['not quite IPv4 in IPv6', ['::fffe:192.0.2.1'], 1, '::/64'],
  ['two runs of zeros', ['2001::db8::1'], 1, null],
] as const)('%s: %j by %i is %s', (_, lines, hops, address) => {
  expect(addressOf(lines, hops)).toBe(address);
});

//  bits, address
test.each([
  [32, '2001:db8::/32'],
  [48, '2001:db8:ffff::/48'],
  [56, '2001:db8:ffff:ff00::/56'],
  [128, '2001:db8:ffff:ffff::1/128'],
] as const)('an IPv6 network of %i bits', (bits, address) => {
  expect(addressOf(['2001:db8:ffff:ffff::1'], 1, bits)).toBe(address);
  expect(addressOf(['::ffff:192.0.2.1'], 1, bits)).toBe('192.0.2.1');
});

test('whatever stands to the left of it changes nothing', () => {
  for (const forged of ['192.0.2.9', ',', '"', '[', '%', 'x'.repeat(8_000), ','.repeat(8_000)]) {
    expect(addressOf([`${forged}, 192.0.2.1`])).toBe('192.0.2.1');
    expect(addressOf([forged, '192.0.2.1'])).toBe('192.0.2.1');
  }
});

test('no other field says whose address it is', () => {
  const fields = ['X-Real-IP', '192.0.2.1', 'Forwarded', 'for=192.0.2.1', 'Via', '192.0.2.1'];
  expect(forwardKey(ruleOf(['address']), requestOf({ fields }))).toBeNull();
});
