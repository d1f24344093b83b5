/** What Redis has of a key: the hash that src/lease/store/exchange.lua writes, read by a test. */
import { bucketName } from '../../src/lease/store/redis-names.ts';
import { withRedis } from '../lease/store/redis-harness.ts';

export interface StoredKey {
  /** Tokens in use, leased ones not among them. */
  readonly used: number;
  /** Tokens that leases hold, those that have expired among them. */
  readonly held: number;
  /** When the last lease expires, by the clock of Redis; 0 where there is none. */
  readonly expiryUs: number;
  readonly version: number;
  /** When it was written. */
  readonly seenUs: number;
}

/** Null where there is no key. */
export async function readStored(port: number, key: string): Promise<StoredKey | null> {
  const hash = await withRedis(port, (client) => client.hgetall(bucketName('argus', key)));
  if (hash['bucket'] === undefined || hash['limit'] === undefined) return null;
  const [, used = 0, , version = 0, seenUs = 0] = numbersOf(hash['bucket']);
  const [, period = 1] = numbersOf(hash['limit']);
  const names = Object.keys(hash).filter((name) => name.startsWith('i:'));
  const records = names.map((name) => numbersOf(hash[name] ?? ''));
  return {
    used: used / period,
    held: records.reduce((sum, [, held = 0]) => sum + held, 0),
    expiryUs: Math.max(0, ...records.map(([, , expiryUs = 0]) => expiryUs)),
    version,
    seenUs,
  };
}

/** Has Redis forget all that was written since it had this version. */
export async function rollBack(port: number, key: string, version: number): Promise<void> {
  await withRedis(port, async (client) => {
    const name = bucketName('argus', key);
    const [format, used, since, , seen] = ((await client.hget(name, 'bucket')) ?? '').split(':');
    await client.hset(name, 'bucket', [format, used, since, version, seen].join(':'));
  });
}

export async function wipe(port: number, key: string): Promise<void> {
  await withRedis(port, (client) => client.del(bucketName('argus', key)));
}

function numbersOf(text: string): number[] {
  return text.split(':').map(Number);
}
