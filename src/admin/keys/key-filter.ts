/**
 * Which keys an operator wants to see. Of most there is nothing but to say no: their bytes are
 * compared where they were copied to, and no text is made of them.
 *
 * Of a long key only the beginning is kept (memory/key). Where that agrees with what is wanted as
 * far as it goes, the key is shown: its report says that it is cut.
 */
import { bytesOf as bytesOfText } from '../../envoy/request.ts';
import { NAMESPACES, type Namespace } from '../../lib/namespace.ts';
import { bytesOf, LENGTH_BITS, PREFIX_BYTES, WHOLE_BYTES } from '../../memory/key.ts';

export interface KeyFilter {
  /** How the key begins, as reports tell it: a policy's without its names. */
  readonly prefix: string;
  readonly policy: string | null;
  readonly namespace: Namespace | null;
  /** Whether only those are wanted of whom a cost of 1 would be denied now. */
  readonly isDenied: boolean;
}

export class KeyMatcher {
  readonly #namespace: number;
  readonly #policy: Buffer | null;
  /** For each namespace: Envoy's names are bytes, each of which is kept as a character. */
  readonly #prefixes: readonly Buffer[];

  constructor({ prefix, policy, namespace }: KeyFilter) {
    const wanted = policy === null ? namespace : 'policy';
    this.#namespace = wanted === null ? -1 : NAMESPACES.indexOf(wanted);
    this.#policy = policy === null ? null : Buffer.from(`${policy}\0`);
    this.#prefixes = NAMESPACES.map((name) =>
      Buffer.from(name === 'envoy' ? bytesOfText(prefix) : prefix),
    );
  }

  /** Whether a key is wanted. Its words are those from `from` on. */
  matches(words: Int32Array, from: number, length: number): boolean {
    const namespace = length >>> LENGTH_BITS;
    if (this.#namespace !== -1 && namespace !== this.#namespace) return false;
    const prefix = this.#prefixes[namespace] as Buffer;
    const bytes = bytesOf(length);
    const isCut = bytes > WHOLE_BYTES;
    const kept = new Kept(words, from, isCut ? PREFIX_BYTES : bytes, isCut);
    if (NAMESPACES[namespace] !== 'policy') return kept.hasAt(0, prefix);
    const policyAt = kept.behindNul(0);
    if (this.#policy !== null) {
      const keyAt = policyAt + this.#policy.length;
      return kept.hasAt(policyAt, this.#policy) && kept.hasAt(keyAt, prefix);
    }
    return prefix.length === 0 || kept.hasAt(kept.behindNul(policyAt), prefix);
  }
}

/** What is kept of a key's bytes. */
class Kept {
  readonly #words: Int32Array;
  readonly #from: number;
  readonly #count: number;
  readonly #isCut: boolean;

  constructor(words: Int32Array, from: number, count: number, isCut: boolean) {
    this.#words = words;
    this.#from = from;
    this.#count = count;
    this.#isCut = isCut;
  }

  /** Whether these bytes stand at `at`; of what is cut, as far as can be seen. */
  hasAt(at: number, bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i++) {
      if (at + i >= this.#count) return this.#isCut;
      if (this.#byteAt(at + i) !== bytes[i]) return false;
    }
    return true;
  }

  /** Where it goes on behind the next NUL; its end where there is none. */
  behindNul(at: number): number {
    let next = at;
    while (next < this.#count && this.#byteAt(next) !== 0) next++;
    return Math.min(next + 1, this.#count);
  }

  #byteAt(at: number): number {
    return ((this.#words[this.#from + (at >>> 2)] as number) >>> (24 - 8 * (at & 3))) & 0xff;
  }
}
