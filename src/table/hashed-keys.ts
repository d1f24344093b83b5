/**
 * Keys with the hash by which a table finds them. Each call fills the same few objects anew: of
 * what is asked most, new ones would be garbage.
 *
 * Used by one thread. Whoever asks for the key of a text that was the last is given it again.
 */
import { Key } from '../memory/key.ts';
import { type HashKey, hashOf } from './keyed-hash.ts';

export class HashedKeys {
  readonly #hashKey: HashKey;
  readonly #key = new Key();
  readonly #several: Key[] = [];
  /** What the keys are of. */
  #text = '';
  #texts: readonly string[] = [];

  constructor(hashKey: HashKey) {
    this.#hashKey = hashKey;
  }

  /**
   * It holds until the next call of key() or again(). REQUIRES: `text` is well formed and 1 to 256
   * bytes of UTF-8.
   */
  key(text: string): Key {
    this.#text = text;
    return this.#fill(this.#key, text);
  }

  /**
   * The keys of several texts. They hold until the next call of keys(). REQUIRES: of each text what
   * key() does.
   */
  keys(texts: readonly string[]): readonly Key[] {
    while (this.#several.length < texts.length) this.#several.push(new Key());
    this.#texts = texts;
    return texts.map((text, i) => this.#fill(this.#several[i] as Key, text));
  }

  /** As key(); not worked out anew where it was the last, or that at `place` of the last keys. */
  again(text: string, place = 0): Key {
    if (text === this.#text) return this.#key;
    if (text === this.#texts[place]) return this.#several[place] as Key;
    return this.key(text);
  }

  #fill(key: Key, text: string): Key {
    key.set(text);
    key.hash = hashOf(this.#hashKey, key);
    return key;
  }
}
