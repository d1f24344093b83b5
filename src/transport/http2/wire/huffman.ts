/**
 * The Huffman code of HPACK, read half a byte at a time by a table that is made when it is loaded.
 *
 * The code is canonical: symbols in the order of their lengths, then of their numbers, have codes
 * that count upwards. So the lengths say all (RFC 7541, Appendix B).
 */
import { assert } from '../../../lib/assert.ts';

/** Of the 256 bytes, then of the end of the string, which no string may hold. */
export const LENGTHS: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
];
const SYMBOLS = 256;
/** What is left of the last byte is the begin of the end's code: ones, less than a byte of them. */
const MOST_PADDING_BITS = 7;
/** No byte takes fewer bits. */
const LEAST_BITS = 5;

const HALF_BYTES = 16;
/** A step: the next state, with what is written on the way to it from SYMBOL on. */
const SYMBOL_SHIFT = 8;
const WRITES = 1 << 16;
const FAILS = -1;

interface Automaton {
  /** By state and half byte. */
  readonly steps: Int32Array;
  /** Whether a string may end there, by state. */
  readonly mayEnd: Uint8Array;
}

const { steps: STEPS, mayEnd: MAY_END } = automaton();

/** The least room that a decoded string of so many coded bytes surely has enough of. */
export function mostDecodedBytes(codedBytes: number): number {
  return Math.floor((codedBytes * 8) / LEAST_BITS);
}

/**
 * Writes what stands coded in `bytes` from `at` to `end` at the begin of `into`. Returns how many
 * bytes that are, or -1 where it is no string in this code.
 */
export function decodeHuffman(
  bytes: Uint8Array,
  at: number,
  end: number,
  into: Uint8Array,
): number {
  let state = 0;
  let length = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    let step = STEPS[state * HALF_BYTES + (byte >> 4)] as number;
    if (step < 0) return -1;
    if (step >= WRITES) into[length++] = step >> SYMBOL_SHIFT;
    step = STEPS[(step & 0xff) * HALF_BYTES + (byte & 0xf)] as number;
    if (step < 0) return -1;
    if (step >= WRITES) into[length++] = step >> SYMBOL_SHIFT;
    state = step & 0xff;
  }
  return MAY_END[state] === 1 ? length : -1;
}

/** Two ways on from a place in the tree of codes, each a state, or ~symbol. */
type Branches = [number | null, number | null];

function automaton(): Automaton {
  const tree = treeOfCodes();
  assert(tree.length === SYMBOLS, 'a state fits into a byte');
  const steps = new Int32Array(tree.length * HALF_BYTES);
  for (let state = 0; state < tree.length; state++) {
    for (let half = 0; half < HALF_BYTES; half++) {
      steps[state * HALF_BYTES + half] = stepFrom(tree, state, half);
    }
  }
  const mayEnd = new Uint8Array(tree.length);
  let state: number | null = 0;
  for (let bits = 0; bits <= MOST_PADDING_BITS && state !== null && state >= 0; bits++) {
    mayEnd[state] = 1;
    state = (tree[state] as Branches)[1];
  }
  return { steps, mayEnd };
}

function treeOfCodes(): readonly Branches[] {
  const tree: Branches[] = [[null, null]];
  const order = LENGTHS.map((length, symbol) => ({ length, symbol }));
  order.sort((one, other) => one.length - other.length || one.symbol - other.symbol);
  let code = 0;
  let before = 0;
  for (const { length, symbol } of order) {
    code *= 2 ** (length - before);
    before = length;
    let state = 0;
    for (let bit = length - 1; bit > 0; bit--) state = branch(tree, state, bitOf(code, bit));
    (tree[state] as Branches)[bitOf(code, 0)] = ~symbol;
    code++;
  }
  return tree;
}

function branch(tree: Branches[], state: number, bit: 0 | 1): number {
  const branches = tree[state] as Branches;
  const found = branches[bit];
  if (found !== null) return found;
  branches[bit] = tree.length;
  tree.push([null, null]);
  return tree.length - 1;
}

function bitOf(code: number, bit: number): 0 | 1 {
  return (Math.floor(code / 2 ** bit) & 1) as 0 | 1;
}

function stepFrom(tree: readonly Branches[], from: number, half: number): number {
  let state = from;
  let written = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = (tree[state] as Branches)[bitOf(half, bit)];
    assert(next !== null, 'every way leads to a symbol');
    if (next >= 0) {
      state = next;
      continue;
    }
    if (~next === SYMBOLS) return FAILS;
    written = WRITES | (~next << SYMBOL_SHIFT);
    state = 0;
  }
  return written | state;
}
