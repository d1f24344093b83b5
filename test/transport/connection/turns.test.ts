/** Turns: what many connections do together between two looks at all the others. */
import { beforeEach, expect, test } from 'vitest';
import { LONG_US, TURN_US, Turns } from '../../../src/transport/connection/turns.ts';

let nowUs: number;
let rounds: (() => void)[];
let turns: Turns;
beforeEach(() => {
  nowUs = 5;
  rounds = [];
  turns = new Turns(
    () => nowUs,
    (task) => rounds.push(task),
  );
});

/** All that was read is read; those that wait have their turn. */
function turn(): void {
  for (const task of rounds.splice(0)) task();
}

test('there is time until a turn is over, for all together, and then anew', () => {
  expect(turns.hasTime()).toBe(true);
  nowUs += TURN_US - 1;
  expect(turns.hasTime()).toBe(true);
  nowUs += 1;
  expect(turns.hasTime()).toBe(false);
  turn();
  expect(turns.hasTime()).toBe(true);
});

test('a turn is long when small pieces have taken several times what it has', () => {
  expect(turns.isLong()).toBe(false);
  nowUs += TURN_US + LONG_US - 1;
  expect([turns.hasTime(), turns.isLong()]).toEqual([false, false]);
  nowUs += 1;
  expect(turns.isLong()).toBe(true);
  turn();
  expect(turns.isLong()).toBe(false);
});

test('each turn has a number, and the next one another', () => {
  const { number } = turns;
  expect(turns.number).toBe(number);
  turn();
  expect(turns.number).toBe(number + 1);
  // Nobody has asked in between: it is the same to him.
  turn();
  expect(turns.number).toBeGreaterThan(number);
});

test('those who wait go on in the order they came, as many as there is time for', () => {
  const done: string[] = [];
  const wait = (name: string, us: number) =>
    turns.later(() => {
      nowUs += us;
      done.push(name);
    });
  wait('a', TURN_US / 2);
  wait('b', TURN_US);
  wait('c', 1);
  wait('d', 1);
  expect(done).toEqual([]);
  turn();
  expect(done).toEqual(['a', 'b']);
  wait('e', 1);
  turn();
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  turn();
  expect(rounds).toEqual([]);
});

test('who has to wait again comes after those that wait already', () => {
  const done: string[] = [];
  const again = (name: string) => {
    nowUs += TURN_US;
    done.push(name);
    if (done.length < 6) turns.later(() => again(name));
  };
  for (const name of ['a', 'b', 'c']) turns.later(() => again(name));
  for (let i = 0; i < 8; i++) turn();
  expect(done.join('')).toBe('abcabcab');
});

test('who is read has a time of his own, whatever those who wait have used', () => {
  turns.later(() => {
    nowUs += TURN_US;
    expect(turns.hasTime()).toBe(false);
  });
  turns.later(() => undefined);
  turn();
  expect(turns.hasTime()).toBe(true);
});
