/** Random bytes that look like the Redis protocol, more or less. The same for the same seed. */
import { frame } from '../../support/resp-frames.ts';

/** Numbers from 0 to below `below`, by xorshift: no two runs of one seed differ. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  roll(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % below;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)] as T;
  }
}

const NAMES = [
  'CL.THROTTLE',
  'cl.throttle',
  'THROTTLE',
  'throttle',
  'PING',
  'ECHO',
  'HELLO',
  'AUTH',
  'CLIENT',
  'INFO',
  'COMMAND',
  'CONFIG',
  'SELECT',
  'DEL',
  'RESET',
  'QUIT',
  'MULTI',
  'EXEC',
  'DISCARD',
  'WATCH',
  'UNWATCH',
  'NOPE',
  '',
] as const;

const WORDS = [
  'a',
  'b',
  'key',
  'é',
  '0',
  '1',
  '-1',
  '2',
  '3',
  '60',
  '3600',
  '1000000000',
  '31622400',
  '9223372036854775807',
  '9223372036854775808',
  '+7',
  '1.5',
  '',
  ' ',
  'AUTH',
  'SETNAME',
  'default',
  'open sesame',
  'GET',
  'save',
  'INFO',
  'DOCS',
  'COUNT',
  '"',
  "'",
  '\\x41',
  '\r\n',
  '*',
  'x'.repeat(300),
] as const;

const SCRAPS = ['*', '$', '\r\n', '\r', '\n', '*1\r\n', '$1\r\n', '*-1\r\n', '$-1\r\n', '*0\r\n'];

/** A command that decides, sound for the most part. */
function decision(dice: Dice): Buffer {
  const quantity = dice.roll(2) === 0 ? [] : [dice.roll(8) - 2];
  const name = dice.pick(['CL.THROTTLE', 'THROTTLE', 'cl.Throttle']);
  return frame(name, `k${dice.roll(8)}`, dice.roll(20), 1 + dice.roll(9), 60, ...quantity);
}

function command(dice: Dice): Buffer {
  const args = Array.from({ length: dice.roll(7) }, () => dice.pick(WORDS));
  return frame(dice.pick(NAMES), ...args);
}

function line(dice: Dice): Buffer {
  const args = Array.from({ length: dice.roll(6) }, () => dice.pick(WORDS));
  const end = dice.pick(['\r\n', '\n']);
  return Buffer.from(`${dice.pick(NAMES)} ${args.join(dice.pick([' ', '  ', '\t']))}${end}`);
}

function scrap(dice: Dice): Buffer {
  if (dice.roll(2) === 0) return Buffer.from(dice.pick(SCRAPS));
  return Buffer.from(Array.from({ length: dice.roll(30) }, () => dice.roll(256)));
}

/** A frame with a few bytes changed, dropped or doubled. */
function mutated(dice: Dice): Buffer {
  let bytes = dice.roll(3) === 0 ? command(dice) : decision(dice);
  for (let times = 1 + dice.roll(3); times > 0; times--) {
    const at = dice.roll(bytes.length);
    const middle = dice.pick([
      Buffer.alloc(0),
      Buffer.from([dice.roll(256)]),
      Buffer.from(dice.pick(SCRAPS)),
      Buffer.concat([bytes.subarray(at, at + 1), bytes.subarray(at, at + 1)]),
    ]);
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + 1)]);
  }
  return bytes;
}

/** A few frames, of which some are wrong. */
export function noise(dice: Dice): Buffer {
  const makers = [decision, decision, decision, command, command, line, scrap, mutated];
  return Buffer.concat(Array.from({ length: 1 + dice.roll(6) }, () => dice.pick(makers)(dice)));
}
