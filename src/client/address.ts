/** The key of a network address, or an error that says why it has none. */
import { IPV6_BITS, IPV6_PREFIX, networkKey } from '../contract/address.ts';
import { BadQuestionError } from './errors.ts';

export interface AddressOptions {
  /** How many leading bits of an IPv6 address make the key, 1 to 128; 64 unless it is given. */
  readonly ipv6Prefix?: number | undefined;
}

const SHOWN_CHARACTERS = 80;

/**
 * `192.0.2.1` for IPv4, also where it is written as IPv6 (`::ffff:192.0.2.1`); the network, such as
 * `2001:db8:1:2::/64`, for IPv6. A port, brackets and a zone (`%eth0`) do not count.
 *
 * Throws a BadQuestionError with the field `key` where it is no address, undefined among the rest:
 * the `req.ip` of Express is that where a client has gone, or came by a Unix socket.
 */
export function keyOfAddress(address: string | undefined, options: AddressOptions = {}): string {
  const { ipv6Prefix = IPV6_PREFIX } = options;
  if (!Number.isInteger(ipv6Prefix) || ipv6Prefix < 1 || ipv6Prefix > IPV6_BITS) {
    throw new RangeError(
      `ipv6Prefix must be a whole number from 1 to ${IPV6_BITS}, is ${String(ipv6Prefix)}`,
    );
  }
  const key = typeof address === 'string' ? networkKey(address, ipv6Prefix) : null;
  if (key !== null) return key;
  const wanted = 'an IPv4 or IPv6 address, with or without a port';
  throw new BadQuestionError(`the key must come from ${wanted}, is ${shown(address)}`, 'key');
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, SHOWN_CHARACTERS))
    : String(value);
}
