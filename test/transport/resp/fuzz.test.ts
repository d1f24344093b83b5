/**
 * Random frames, whole and cut: no crash, no hang, nothing kept beyond its bounds, and the same
 * replies however they were cut, and whatever is answered late, in any order.
 * ARGUS_FUZZ says how many, and ARGUS_FUZZ_SEED where they start.
 */
import { expect, test } from 'vitest';
import { MOST_FRAME_BYTES } from '../../../src/transport/resp/wire/frame-reader.ts';
import { cutAt } from '../../support/resp-frames.ts';
import { Dialogue, RespHarness } from './resp-harness.ts';
import { Dice, noise } from './resp-noise.ts';
import { RespReplies } from './resp-replies.ts';
import { TestConnection, written } from './resp-socket.ts';

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

/** Tells so many of the answers that wait, in any order, and what comes to wait meanwhile. */
async function tell(one: TestConnection, times: number, dice: Dice): Promise<void> {
  const { late } = one.harness;
  for (let left = times; left > 0; left--) {
    if (late.waiting > 0) await one.tell(dice.roll(late.waiting));
    else if (one.turn().length === 0) return;
  }
}

test(`${RUNS} of them that are answered late now and then`, { timeout: 3_600_000 }, async () => {
  let dice = new Dice(SEED);
  const isLate = () => dice.roll(3) > 0;
  let harnesses = [new RespHarness(), new RespHarness()] as const;
  for (let run = 0; run < RUNS; run++) {
    if (run % A_TABLE === 0) {
      harnesses = [new RespHarness({ maxKeys: 6 }), new RespHarness({ maxKeys: 6, isLate })];
    }
    const seed = SEED + 2 * run;
    dice = new Dice(seed);
    const bytes = noise(dice);
    for (const { table } of harnesses) table.nowUs += 1_000_000;
    const { reply, isOver } = converse(harnesses[0], [bytes]);
    const one = new TestConnection(harnesses[1]);
    for (const part of cuts(dice, bytes)) {
      one.receive(part);
      await tell(one, dice.roll(4), dice);
    }
    await tell(one, Number.POSITIVE_INFINITY, dice);
    const { log } = one.socket;
    const late = { reply: written(log), isOver: log.includes('end') };
    if (late.reply !== reply || late.isOver !== isOver) {
      expect({ seed, bytes: bytes.toString('latin1'), ...late }).toEqual({ seed, reply, isOver });
    }
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
