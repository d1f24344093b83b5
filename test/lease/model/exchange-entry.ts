/** What the store has of one key, as the model of the script keeps it. */
import type { Bucket } from '../../../src/bucket/token-bucket.ts';

/** What an instance said last, and what it holds. */
export interface Lease {
  readonly seq: number;
  readonly held: number;
  expiryUs: number;
  readonly grant: number;
  /** Units that the last exchange left in use, of the bucket's limit; below 0 what it gave back. */
  booked: number;
}

/** What the store has of one key. */
export interface Entry {
  readonly bucket: Bucket;
  readonly leases: Map<string, Lease>;
  version: number;
  seenUs: number;
  /** When Redis may forget the key; null for never. */
  expiresMs: number | null;
}
