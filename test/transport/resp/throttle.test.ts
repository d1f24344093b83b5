/** The numbers that CL.THROTTLE and THROTTLE answer, at times the test sets. */
import { describe, expect, test } from 'vitest';
import { ALLOWED, DENIED, RESP } from '../../../src/metrics/cells.ts';
import { RespHarness } from './resp-harness.ts';

/** Asks one after the other, at one time. */
function inTurn(harness: RespHarness, commands: readonly string[]): readonly string[] {
  return commands.map((command) => harness.decide(command).join(' '));
}

describe('CL.THROTTLE answers as redis-cell does', () => {
  //  arguments of one call after the other, on one fresh key, and what each is answered
  const vectors: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['15 30 60', '15 30 60', '15 30 60'],
      ['0 16 15 -1 2', '0 16 14 -1 4', '0 16 13 -1 6'],
    ],
    [
      ['0 1 2 1', '0 1 2 1'],
      ['0 1 0 -1 2', '1 1 0 2 2'],
    ],
    [['15 30 60 0'], ['0 16 16 -1 0']],
    [['15 30 60 17'], ['1 16 16 -1 0']],
    [
      ['15 30 60 16', '15 30 60 1', '15 30 60 0', '15 30 60 17', '15 30 60 5'],
      ['0 16 0 -1 32', '1 16 0 2 32', '0 16 0 -1 32', '1 16 0 -1 32', '1 16 0 10 32'],
    ],
    [
      ['4 1 1', '4 1 1', '4 1 1', '4 1 1', '4 1 1', '4 1 1'],
      ['0 5 4 -1 1', '0 5 3 -1 2', '0 5 2 -1 3', '0 5 1 -1 4', '0 5 0 -1 5', '1 5 0 1 5'],
    ],
    [
      ['15 30 60 5', '15 30 60 -2'],
      ['0 16 11 -1 10', '0 16 13 -1 6'],
    ],
    [['1000 1000 60'], ['0 1001 1000 -1 1']],
    [['99999999999 100000000000 2592000 100000000000'], ['0 100000000000 0 -1 2592000']],
    [['9007199254740990 1000000000 1 9007199254740990'], ['0 9007199254740991 1 -1 9007200']],
  ];
  test.each(vectors)('%j', (calls, answers) => {
    const commands = calls.map((call) => `CL.THROTTLE k ${call}`);
    expect(inTurn(new RespHarness(), commands)).toEqual(answers);
  });

  test.each(['0', '17'])('and makes no key for a quantity of %s', (quantity) => {
    const harness = new RespHarness();
    harness.decide(`CL.THROTTLE k 15 30 60 ${quantity}`);
    expect(harness.limiter.size).toBe(0);
  });

  test('however much is asked: what never passes takes nothing', () => {
    const harness = new RespHarness();
    const most = '9223372036854775807';
    expect(harness.decide(`CL.THROTTLE k 4 1 1 ${most}`)).toEqual([1, 5, 5, -1, 0]);
    harness.decide('CL.THROTTLE k 4 1 1 2');
    expect(harness.decide(`CL.THROTTLE k 4 1 1 ${most}`)).toEqual([1, 5, 3, -1, 2]);
    expect(harness.decide('CL.THROTTLE k 4 1 1 0')).toEqual([0, 5, 3, -1, 2]);
  });
});

describe('THROTTLE answers as throttlecrab does', () => {
  const vectors: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['10 100 60', '10 100 60', '10 100 60 8', '10 100 60'],
      ['1 10 9 1 0', '1 10 8 2 0', '1 10 0 6 0', '0 10 0 6 1'],
    ],
    [['10 100 60 0'], ['1 10 10 0 0']],
    [['10 100 60 11'], ['0 10 10 0 -1']],
    [
      ['5 1 1 5', '5 1 1 -2', '5 1 1 3', '5 1 1 2'],
      ['1 5 0 5 0', '1 5 2 3 0', '0 5 2 3 1', '1 5 0 5 0'],
    ],
  ];
  test.each(vectors)('%j', (calls, answers) => {
    const commands = calls.map((call) => `THROTTLE k ${call}`);
    expect(inTurn(new RespHarness(), commands)).toEqual(answers);
  });

  test('but a max_burst of 1 does limit', () => {
    const harness = new RespHarness();
    const commands = Array.from({ length: 3 }, () => 'THROTTLE k 1 1 60');
    expect(inTurn(harness, commands)).toEqual(['1 1 0 60 0', '0 1 0 60 60', '0 1 0 60 60']);
    harness.pass(60);
    expect(harness.decide('THROTTLE k 1 1 60')).toEqual([1, 1, 0, 60, 0]);
  });
});

describe('waits round up to whole seconds', () => {
  //  passed in seconds, wait in seconds
  const waits = [
    [0, 2],
    [0.999, 2],
    [0.999_999, 2],
    [1, 1],
    [1.5, 1],
    [1.999_999, 1],
  ] as const;
  test.each(waits)('%d s after the last token was taken: %d', (passed, wait) => {
    const harness = new RespHarness();
    harness.decide('CL.THROTTLE k 0 1 2');
    harness.pass(passed);
    expect(harness.decide('CL.THROTTLE k 0 1 2')).toEqual([1, 1, 0, wait, wait]);
    expect(harness.decide('THROTTLE k 1 1 2')).toEqual([0, 1, 0, wait, wait]);
    expect(harness.decide('CL.THROTTLE k 0 1 2 0')).toEqual([0, 1, 0, -1, wait]);
  });

  test('so that who comes back then passes', () => {
    const harness = new RespHarness();
    for (let tries = 0; tries < 200; tries++) {
      const [limited, , , retry = 0] = harness.decide('CL.THROTTLE k 2 7 3');
      if (limited === 0) continue;
      harness.pass(retry);
      expect(harness.decide('CL.THROTTLE k 2 7 3')[0]).toBe(0);
      harness.pass(0.123_457);
    }
  });
});

describe('a bucket is one', () => {
  test('whichever of the two commands asks', () => {
    const harness = new RespHarness();
    expect(harness.decide('CL.THROTTLE k 9 10 60 6')).toEqual([0, 10, 4, -1, 36]);
    expect(harness.decide('THROTTLE k 10 10 60 3')).toEqual([1, 10, 1, 54, 0]);
    expect(harness.decide('CL.THROTTLE k 9 10 60 2')).toEqual([1, 10, 1, 6, 54]);
    expect(harness.decide('THROTTLE k 10 10 60 2')).toEqual([0, 10, 1, 54, 6]);
    expect(harness.limiter.size).toBe(1);
  });

  test('in any case of the command, and its key as it is written', () => {
    const harness = new RespHarness();
    const commands = ['cl.throttle k', 'Cl.ThRoTtLe k', 'throttle k', 'tHROTTLE K'];
    const left = commands.map((command) => harness.decide(`${command} 10 1 60`)[2]);
    expect(left).toEqual([10, 9, 7, 9]);
  });

  test('of 256 bytes of UTF-8 too, whatever they are', () => {
    const harness = new RespHarness();
    const keys = ['é', '😀', '\ufeff', '\ufeffa', 'a', '\0', '\0\0', 'x'.repeat(256), '\ufffd'];
    for (const key of keys) {
      expect(harness.decide(`CL.THROTTLE ${key} 0 1 60`)[0]).toBe(0);
      expect(harness.decide(`CL.THROTTLE ${key} 0 1 60`)[0]).toBe(1);
    }
    expect(harness.limiter.size).toBe(keys.length);
  });

  test('of a table that is full is shared, and answered alike', () => {
    const harness = new RespHarness({ maxKeys: 1 });
    harness.decide('CL.THROTTLE a 4 1 60');
    expect(harness.decide('CL.THROTTLE b 4 1 60')).toEqual([0, 5, 4, -1, 60]);
    expect(harness.decide('THROTTLE c 5 1 60')).toEqual([1, 5, 3, 120, 0]);
  });
});

test('decisions are counted, those that never pass as denied', () => {
  const harness = new RespHarness();
  harness.decide('CL.THROTTLE k 1 1 60');
  harness.decide('THROTTLE k 2 1 60');
  harness.decide('THROTTLE k 2 1 60 0');
  expect(harness.counted(ALLOWED + RESP)).toBe(3);
  harness.decide('THROTTLE k 2 1 60');
  harness.decide('CL.THROTTLE k 1 1 60 3');
  harness.decide('THROTTLE k 2 1 60 3');
  expect(harness.counted(DENIED + RESP)).toBe(3);
  expect(harness.counted(ALLOWED + RESP)).toBe(3);
  expect(harness.refused()).toEqual({});
});
