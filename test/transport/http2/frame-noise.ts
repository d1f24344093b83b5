/** Random frames of HTTP/2, by its grammar and against it. The same for the same seed. */
import { Dice } from '../resp/resp-noise.ts';
import {
  block,
  callFields,
  data,
  frame,
  headers,
  literal,
  number,
  PREFACE,
  ping,
  reset,
  SETTINGS_ACK,
  settings,
  windowUpdate,
} from './frames.ts';

const PATHS = ['/echo', '/late', '/other', '/open'];
const LENGTHS = [0, 1, 5, 100, 3_000, 16_384];
const ROOMS = [0, 1, 7, 100, 65_535, 2 ** 31 - 1];

/** A conversation of one client. */
export function noise(seed: number): Buffer {
  const dice = new Dice(seed);
  const frames = [dice.roll(20) === 0 ? Buffer.alloc(0) : PREFACE, settings(), SETTINGS_ACK];
  let last = -1;
  for (let left = dice.roll(40); left > 0; left--) {
    if (dice.roll(3) > 0) {
      last += 2;
      frames.push(...request(dice, last));
    } else {
      frames.push(other(dice, Math.max(1, last - 2 * dice.roll(3))));
    }
  }
  const bytes = Buffer.concat(frames);
  // Most are as they should be, or they would all end soon.
  if (dice.roll(3) > 0) return bytes;
  for (let left = 1 + dice.roll(4); left > 0; left--)
    bytes[dice.roll(bytes.length)] = dice.roll(256);
  return bytes;
}

function request(dice: Dice, id: number): readonly Buffer[] {
  const more = [
    dice.roll(3) === 0
      ? literal(0x40, `x-${dice.roll(5)}`, 'y'.repeat(dice.roll(300)))
      : Buffer.alloc(0),
    dice.roll(4) === 0 ? Buffer.of(0xbe + dice.roll(3)) : Buffer.alloc(0),
  ];
  const fields = Buffer.concat([block(callFields(dice.pick(PATHS))), ...more]);
  const body = Array.from({ length: dice.roll(3) }, () => Buffer.alloc(dice.pick(LENGTHS), 0x61));
  const at = dice.roll(fields.length);
  const first =
    dice.roll(6) === 0
      ? [frame(1, 0, id, fields.subarray(0, at)), frame(9, 4, id, fields.subarray(at))]
      : [headers(id, fields, body.length === 0)];
  const pieces = body.map((bytes, i) =>
    dice.roll(5) === 0
      ? frame(
          0,
          i === body.length - 1 ? 9 : 8,
          id,
          Buffer.concat([Buffer.of(3), bytes.subarray(3), Buffer.alloc(3)]),
        )
      : data(id, bytes, i === body.length - 1),
  );
  const between = dice.roll(4) === 0 ? [other(dice, id)] : [];
  return [...first, ...between, ...pieces];
}

function other(dice: Dice, id: number): Buffer {
  switch (dice.roll(9)) {
    case 0:
      return ping('12345678', dice.roll(2));
    case 1:
      return settings([dice.roll(7), dice.pick(ROOMS)]);
    case 2:
      return windowUpdate(dice.roll(2) * id, dice.pick(ROOMS));
    case 3:
      return reset(id);
    case 4:
      return frame(2, 0, id, Buffer.concat([number(dice.roll(9)), Buffer.of(1)]));
    case 5:
      return frame(20 + dice.roll(5), dice.roll(256), id, Buffer.alloc(dice.pick(LENGTHS)));
    case 6:
      return data(id, Buffer.alloc(dice.roll(20)), dice.roll(2) === 0);
    case 7:
      return settings([4, dice.roll(10)]);
    default:
      return frame(
        dice.roll(10),
        dice.roll(256),
        dice.roll(6),
        Buffer.alloc(dice.roll(20), dice.roll(256)),
      );
  }
}
