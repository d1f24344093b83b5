/**
 * Random blocks of header fields, by every form that HPACK has, with the fields that they stand
 * for: those who write them keep a table of their own, as plain as can be.
 */
import { Dice } from '../../resp/resp-noise.ts';
import { integer, text } from '../frames.ts';
import { huffman } from './huffman-codes.ts';

type Field = readonly [name: string, value: string];

/** Some of the fields of every table, by their numbers. */
const STATIC: readonly (readonly [index: number, name: string, value: string])[] = [
  [2, ':method', 'GET'],
  [3, ':method', 'POST'],
  [4, ':path', '/'],
  [7, ':scheme', 'https'],
  [16, 'accept-encoding', 'gzip, deflate'],
  [31, 'content-type', ''],
  [58, 'user-agent', ''],
  [61, 'www-authenticate', ''],
];
const OWN = 62;

export class BlockWriter {
  readonly dice: Dice;
  readonly #table: Field[] = [];
  #mostBytes = 4_096;

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  /** The next block of the connection. */
  next(): { readonly block: Buffer; readonly fields: readonly Field[] } {
    const { dice } = this;
    const parts: Buffer[] = [];
    const fields: Field[] = [];
    if (dice.roll(12) === 0) parts.push(this.#resize(dice.pick([0, 32, 64, 200, 1_000, 4_096])));
    for (let left = dice.roll(8); left > 0; left--) {
      const [part, field] = this.#field();
      parts.push(part);
      fields.push(field);
    }
    return { block: Buffer.concat(parts), fields };
  }

  #resize(bytes: number): Buffer {
    this.#mostBytes = bytes;
    this.#evict();
    return integer(bytes, 5, 0x20);
  }

  #field(): readonly [Buffer, Field] {
    const { dice } = this;
    const known: (readonly [number, string, string])[] = [
      ...STATIC,
      ...this.#table.map(([name, value], i) => [OWN + i, name, value] as const),
    ];
    const [index, name, value] = dice.pick(known);
    if (dice.roll(3) === 0) return [integer(index, 7, 0x80), [name, value]];
    const [bits, first] = dice.pick([
      [6, 0x40],
      [6, 0x40],
      [4, 0x00],
      [4, 0x10],
    ] as const);
    const isNamed = dice.roll(2) === 0;
    const field: Field = [isNamed ? name : this.#words(false), this.#words(true)];
    const begin = isNamed
      ? integer(index, bits, first)
      : Buffer.concat([Buffer.of(first), this.#string(field[0])]);
    if (bits === 6) {
      this.#table.unshift(field);
      this.#evict();
    }
    return [Buffer.concat([begin, this.#string(field[1])]), field];
  }

  /** Of any bytes where it is a value. */
  #words(isValue: boolean): string {
    const { dice } = this;
    const length = dice.roll(200) === 0 ? dice.roll(6_000) : dice.roll(40);
    let words = '';
    for (let i = 0; i < length; i++) {
      words += isValue ? String.fromCharCode(dice.roll(256)) : dice.pick([...'abcxyz-0179']);
    }
    return words;
  }

  #string(words: string): Buffer {
    if (this.dice.roll(2) === 0) return text(words);
    const coded = huffman(words);
    return Buffer.concat([integer(coded.length, 7, 0x80), coded]);
  }

  #evict(): void {
    const size = () =>
      this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (size() > this.#mostBytes) this.#table.pop();
  }
}
