/**
 * Random frames, whole and cut: no crash, no hang, nothing kept beyond its bounds, and the same
 * replies however they were cut. ARGUS_FUZZ says how many, and ARGUS_FUZZ_SEED where they start.
 */
import { expect, test } from 'vitest';
import { MOST_FRAME_BYTES } from '../../src/transport/resp/frame-reader.ts';
import { cutAt } from '../support/resp-frames.ts';
import { Dialogue, RespHarness } from '../support/resp-harness.ts';
import { Dice, noise } from '../support/resp-noise.ts';
import { RespReplies } from '../support/resp-replies.ts';

const RUNS = Number(process.env['ARGUS_FUZZ'] ?? 4_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 20_261_122);
/** So many conversations on one table, then another: long runs should find it full and empty. */
const A_TABLE = 1_000;

interface Outcome {
  readonly reply: string;
  readonly isOver: boolean;
  readonly left: number;
}

function converse(harness: RespHarness, parts: readonly Buffer[]): Outcome {
  const dialogue = new Dialogue(harness);
  let reply = '';
  for (const part of parts) {
    if (dialogue.session.isOver) break;
    reply += dialogue.send(part);
    expect(dialogue.left).toBeLessThanOrEqual(MOST_FRAME_BYTES);
  }
  expect(harness.interpreter.replies.length).toBe(0);
  return { reply, isOver: dialogue.session.isOver, left: dialogue.left };
}

function cuts(dice: Dice, bytes: Buffer): readonly Buffer[] {
  const places = Array.from({ length: 1 + dice.roll(4) }, () => dice.roll(bytes.length + 1));
  return cutAt(bytes, ...places.sort((one, other) => one - other));
}

/** One conversation, by its seed alone, on two tables that know the same. */
function play(whole: RespHarness, cut: RespHarness, seed: number): void {
  const dice = new Dice(seed);
  const bytes = noise(dice);
  for (const harness of [whole, cut]) harness.table.nowUs += 1_000_000;
  const one = converse(whole, [bytes]);
  const other = converse(cut, cuts(dice, bytes));
  if (one.reply !== other.reply || one.isOver !== other.isOver || one.left !== other.left) {
    expect({ seed, bytes: bytes.toString('latin1'), ...other }).toEqual({ seed, ...one });
  }
  const replies = new RespReplies(one.reply);
  let last = '';
  while (!replies.isDone) last = replies.next();
  // A connection survives, quits, or ends with an error.
  if (one.isOver) expect(last).toMatch(/^(\+OK$|-ERR Protocol error: )/);
  expect(whole.limiter.size).toBe(cut.limiter.size);
}

test(`${RUNS} random conversations from seed ${SEED}`, { timeout: 3_600_000 }, () => {
  let harnesses = [new RespHarness({ maxKeys: 6 }), new RespHarness({ maxKeys: 6 })] as const;
  for (let run = 0; run < RUNS; run++) {
    if (run % A_TABLE === 0) {
      harnesses = [new RespHarness({ maxKeys: 6 }), new RespHarness({ maxKeys: 6 })];
    }
    play(...harnesses, SEED + 2 * run);
    if (run % A_TABLE === A_TABLE - 1) for (const { table } of harnesses) table.check();
  }
});

test('the noise is not all wrong, and not all right', () => {
  const harness = new RespHarness();
  let over = 0;
  let decided = 0;
  for (let run = 0; run < 500; run++) {
    const { reply, isOver } = converse(harness, [noise(new Dice(1 + 2 * run))]);
    if (isOver) over++;
    if (reply.includes('*5\r\n:')) decided++;
  }
  expect(over).toBeGreaterThan(50);
  expect(over).toBeLessThan(400);
  expect(decided).toBeGreaterThan(150);
});
