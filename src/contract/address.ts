/**
 * One text for whoever comes from one network address, however that is written.
 *
 * A customer with IPv6 has a network of 2^64 addresses or more, and would have as many buckets.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** How many leading bits of an IPv6 address are one customer, unless somebody says otherwise. */
export const IPV6_PREFIX = 64;
export const IPV6_BITS = 128;

const GROUP_BITS = 16;
const GROUPS = IPV6_BITS / GROUP_BITS;
const MOST_PORT = 65_535;

/** IPv4 as the last 32 bits of IPv6: `::ffff:192.0.2.1`. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff, 0, 0] as const;
const MAPPED_PREFIX = 96;

/**
 * `192.0.2.1` for IPv4, also where it is written as IPv6 (`::ffff:192.0.2.1`); the network, such as
 * `2001:db8:1:2::/64`, for IPv6. A port, brackets, a zone (`%eth0`) and white space around it do
 * not count. Null where it is no address.
 *
 * REQUIRES: `ipv6Prefix` is a whole number from 1 to IPV6_BITS.
 */
export function networkKey(address: string, ipv6Prefix: number): string | null {
  const bare = withoutPort(address.trim());
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return null;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(-2);
  if (isSame(network(groups, MAPPED_PREFIX), MAPPED)) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  }
  return `${textOf(network(groups, ipv6Prefix))}/${ipv6Prefix}`;
}

/** An IPv6 address has a port only behind brackets: without them it could be its last group. */
function withoutPort(text: string): string {
  const [, inBrackets, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (Number(port ?? 0) > MOST_PORT) return '';
  // An IPv4 address in brackets is nothing that anybody writes.
  if (inBrackets !== undefined) return isIPv6(inBrackets) ? inBrackets : '';
  return plain ?? text;
}

/** The eight numbers of an IPv6 address. REQUIRES: isIPv6(). */
function groupsOf(address: string): readonly number[] {
  const [text = ''] = address.split('%', 1);
  const hex = text.replace(/\d+\.\d+\.\d+\.\d+$/, (ipv4) => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = [], after = []] = hex.split('::').map(numbersOf);
  const zeros = Array<number>(GROUPS - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after];
}

function numbersOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** The address with all bits behind the prefix 0. */
function network(groups: readonly number[], prefix: number): readonly number[] {
  return groups.map((group, index) => {
    const kept = Math.min(GROUP_BITS, Math.max(0, prefix - index * GROUP_BITS));
    return group & (0xffff << (GROUP_BITS - kept));
  });
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.every((group, index) => group === other[index]);
}

/** As RFC 5952 writes it, and so URL does. */
function textOf(groups: readonly number[]): string {
  const hex = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${hex}]`).hostname.slice(1, -1);
}
