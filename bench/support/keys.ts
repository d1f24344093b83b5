/**
 * The keys that benches ask for: the n-th is the same in every process, so that what is measured
 * side by side is asked the same.
 */

const LETTERS = 26;
const A = 'a'.charCodeAt(0);
const KEY_LETTERS = 20;
const LETTERS_A_WORD = 4;

/** The n-th random key: 20 small letters. */
export function randomKey(index: number): string {
  const codes: number[] = [];
  for (let word = 0; word < KEY_LETTERS / LETTERS_A_WORD; word++) {
    let bits = scramble(Math.imul(index, 0x9e3779b1) + Math.imul(word + 1, 0x85ebca6b));
    for (let i = 0; i < LETTERS_A_WORD; i++) {
      codes.push(A + (bits % LETTERS));
      bits = Math.floor(bits / LETTERS);
    }
  }
  return String.fromCharCode(...codes);
}

/** The n-th key in ascending order, as long as a random one. */
export function ascendingKey(index: number): string {
  return String(index).padStart(KEY_LETTERS, '0');
}

/** The same key made anew, as a request brings it: JSON.parse hashes and shares no long strings. */
export function parsedKey(text: string): string {
  const body = JSON.parse(`{"key":"${text}","capacity":1000,"interval":60}`) as { key: string };
  return body.key;
}

/** Whole numbers from 0 to below `below`: the same row of them for the same seed. */
export function randomIndexes(seed: number, below: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return Math.floor((scramble(state) / 2 ** 32) * below);
  };
}

/** Spreads a number over 32 bits, one to one: the finalizer of MurmurHash3 (A. Appleby). */
function scramble(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
