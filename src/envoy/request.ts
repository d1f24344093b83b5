/**
 * What Envoy asks, however it was written.
 *
 * Texts are bytes: each character stands for one, from 0 to 255, whatever they mean. A proxy sends
 * what its clients have sent, and that is not always UTF-8.
 */

export interface RateLimitRequest {
  readonly domain: string;
  readonly descriptors: readonly Descriptor[];
  /** What each descriptor takes that says nothing itself; 0 stands for 1. */
  readonly hits: number;
}

export interface Descriptor {
  /** Keys and values in turn. */
  readonly entries: readonly string[];
  /** A limit instead of that of the rules; null where there is none. */
  readonly limit: LimitOverride | null;
  /** Null where it says nothing; 0 only looks. At most 2^53 - 1. */
  readonly hits: number | null;
  /** Gives back instead of taking. */
  readonly isNegative: boolean;
}

export interface LimitOverride {
  readonly requests: number;
  /** As the wire has it, see unit.ts: it may be none. */
  readonly unit: number;
}

/** Descriptors of a request: several times what routes have. */
export const MOST_DESCRIPTORS = 256;

/** Text as the bytes that it has in UTF-8. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that these bytes are in UTF-8; null where they are none. */
export function textOf(bytes: string): string | null {
  try {
    return decoder.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
