/**
 * HPACK: held against a writer that keeps a plain table, against the one of Node, and against what
 * it must refuse. ARGUS_FUZZ says how many blocks, and ARGUS_FUZZ_SEED where they start.
 */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import {
  BROKEN,
  FieldDecoder,
  MOST_STRING_BYTES,
} from '../../../../src/transport/http2/wire/field-decoder.ts';
import { HEADERS } from '../../../../src/transport/http2/wire/numbers.ts';
import { Dice } from '../../resp/resp-noise.ts';
import { framesSoFar, integer, literal, PREFACE, SETTINGS_ACK, settings, text } from '../frames.ts';
import { BlockWriter } from './random-blocks.ts';

const RUNS = Number(process.env['ARGUS_FUZZ'] ?? 5_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 20_261_128);
/** Blocks of one connection. */
const BLOCKS = 50;

type Field = readonly [name: string, value: string];

/** What a decoder makes of a block, in one piece or in several; null where it refuses it. */
function decode(decoder: FieldDecoder, ...pieces: readonly Buffer[]): readonly Field[] | null {
  const fields: Field[] = [];
  const sink = { field: (name: string, value: string) => void fields.push([name, value]) };
  let rest = Buffer.alloc(0);
  decoder.begin();
  for (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const done = decoder.read(bytes, 0, bytes.length, sink);
    if (done === BROKEN) return null;
    rest = bytes.subarray(done);
  }
  return rest.length === 0 ? fields : null;
}

test(`${RUNS} random blocks from seed ${SEED}, whole and cut`, { timeout: 3_600_000 }, () => {
  for (let run = 0; run < RUNS; run += BLOCKS) {
    const seed = SEED + 2 * run;
    const writer = new BlockWriter(seed);
    const [whole, cut] = [new FieldDecoder(), new FieldDecoder()];
    for (let i = 0; i < BLOCKS; i++) {
      const { block, fields } = writer.next();
      const at = writer.dice.roll(block.length + 1);
      const one = decode(whole, block);
      const other = decode(cut, block.subarray(0, at), block.subarray(at));
      const same = JSON.stringify([fields, fields]);
      if (JSON.stringify([one, other]) !== same) {
        expect({ seed, i, block: block.toString('hex'), one, other }).toEqual({ fields });
      }
    }
  }
});

test('blocks that were mutated are read or refused, and nothing else', () => {
  const dice = new Dice(SEED);
  for (let run = 0; run < RUNS; run += BLOCKS) {
    const writer = new BlockWriter(SEED + 2 * run);
    const decoder = new FieldDecoder();
    for (let i = 0; i < BLOCKS; i++) {
      const { block } = writer.next();
      for (let left = dice.roll(4); left > 0 && block.length > 0; left--) {
        block[dice.roll(block.length)] = dice.roll(256);
      }
      if (decode(decoder, block) === null) break;
    }
  }
});

test('what the encoder of Node writes', async () => {
  const dice = new Dice(SEED);
  const asked = Array.from({ length: 300 }, () => someHeaders(dice));
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.write(Buffer.concat([settings([3, 1_000]), SETTINGS_ACK]));
    socket.on('data', (chunk: Buffer) => void received.push(chunk)).on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('error', () => undefined);
  await once(client, 'remoteSettings');
  for (const headers of asked)
    client.request(headers, { endStream: true }).on('error', () => undefined);
  const blocks: Buffer[] = [];
  while (blocks.length < asked.length) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const bytes = Buffer.concat(received).subarray(PREFACE.length);
    const types = framesSoFar(bytes).filter(({ type }) => type === HEADERS);
    blocks.splice(0, blocks.length, ...types.map(({ payload }) => payload));
  }
  client.destroy();
  server.close();
  const decoder = new FieldDecoder();
  for (const [i, headers] of asked.entries()) {
    const fields = decode(decoder, blocks[i] as Buffer);
    expect(Object.fromEntries(fields ?? [])).toMatchObject(headers);
  }
});

/** As a client of Node may send them: some again and again, some once, some that are long. */
function someHeaders(dice: Dice): Record<string, string> {
  const words = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(0x21 + dice.roll(0x5e))).join('');
  return {
    ':method': dice.pick(['GET', 'POST', 'PUT']),
    ':path': `/${dice.pick(['a', 'b', words(30)])}`,
    'user-agent': dice.pick(['one', 'another']),
    [`x-${dice.roll(40)}`]: words(dice.roll(30)),
    traceparent: words(55),
    ...(dice.roll(10) === 0 ? { 'x-long': words(3_000) } : {}),
  };
}

//  what is there in part, the block
test.each<readonly [string, Buffer]>([
  ['a number', Buffer.of(0xff)],
  ['a string', Buffer.of(0x00, 0x05, 0x61)],
  ['a string, of which the length is not there', Buffer.of(0x00, 0x01, 0x61)],
  [
    'a string of the most that one may have',
    Buffer.concat([Buffer.of(0), integer(MOST_STRING_BYTES, 7, 0)]),
  ],
])('waited for: the rest of %s', (_, block) => {
  expect(read(block)).toBe(0);
  expect(decode(new FieldDecoder(), block)).toBeNull();
});

//  what is wrong, the block: it is refused whatever may follow
test.each<readonly [string, Buffer]>([
  ['the field of no number', Buffer.of(0x80)],
  ['a number beyond the table', Buffer.of(0xbe)],
  ['a name beyond the table', Buffer.concat([Buffer.of(0x7e), text('x')])],
  ['a number without an end', Buffer.of(0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)],
  [
    'a long way to say a small number',
    Buffer.concat([
      Buffer.of(0x00, 0x7f, 0x80, 0x80, 0x80, 0x80, 0x00),
      Buffer.alloc(127, 'a'),
      text('x'),
    ]),
  ],
  ['a table that is larger than ours', integer(4_097, 5, 0x20)],
  ['a change of size after a field', Buffer.of(0x82, 0x20)],
  [
    'a string that is too long',
    Buffer.concat([Buffer.of(0), integer(MOST_STRING_BYTES + 1, 7, 0)]),
  ],
  ['a string of Huffman that ends in zeros', Buffer.of(0x00, 0x81, 0x18, 0x00)],
])('refused: %s', (_, block) => {
  expect(read(block)).toBe(BROKEN);
});

function read(block: Buffer): number {
  return new FieldDecoder().read(block, 0, block.length, { field: () => undefined });
}

test('two changes of size at the begin of a block are taken', () => {
  const decoder = new FieldDecoder();
  expect(decode(decoder, Buffer.of(0x20), integer(4_096, 5, 0x20), Buffer.of(0x82))).toEqual([
    [':method', 'GET'],
  ]);
});

test('a field that is larger than the table empties it', () => {
  const decoder = new FieldDecoder();
  decode(decoder, literal(0x40, 'a', 'b'));
  expect(decode(decoder, Buffer.of(0xbe))).toEqual([['a', 'b']]);
  expect(decode(decoder, literal(0x40, 'c', 'd'.repeat(4_096)))).toHaveLength(1);
  expect(decode(decoder, Buffer.of(0xbe))).toBeNull();
});
