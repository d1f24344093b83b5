/** A key as people read it, from what slots hold of it. */
import { NAMESPACES, type Namespace } from '../lib/namespace.ts';
import { LENGTH_BITS, PREFIX_BYTES, WHOLE_BYTES } from './key.ts';

export interface KeyText {
  readonly namespace: Namespace;
  /** Without what marks the namespace: all of it, or its beginning. */
  readonly text: string;
  /** Of all of it, in UTF-8. */
  readonly bytes: number;
  /** The SHA-256 of all of it, in hex, where `text` is only its beginning; else null. */
  readonly sha256: string | null;
}

/** REQUIRES: `words` and `length` are those of a Key. */
export function keyText(words: Int32Array, length: number): KeyText {
  const bytes = Buffer.alloc(WHOLE_BYTES);
  for (let i = 0; i < WHOLE_BYTES / 4; i++) bytes.writeInt32BE(words[i] as number, i * 4);
  const namespace = NAMESPACES[length >>> LENGTH_BITS] as Namespace;
  const count = length & ((1 << LENGTH_BITS) - 1);
  if (count <= WHOLE_BYTES) {
    return { namespace, text: bytes.toString('utf8', 0, count), bytes: count, sha256: null };
  }
  // As a stream: what is left of a character that the cut has gone through is left out.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    bytes.subarray(0, PREFIX_BYTES),
    { stream: true },
  );
  return { namespace, text, bytes: count, sha256: bytes.toString('hex', PREFIX_BYTES) };
}
