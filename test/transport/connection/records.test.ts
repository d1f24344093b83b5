/** Records of TLS: what one connection is given in a turn, however many there are of them. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Records } from '../../../src/transport/connection/records.ts';

const PLAIN = {} as Socket;
const BY_TLS = { encrypted: true } as unknown as Socket;

function turns() {
  let hasTime = true;
  return {
    number: 0,
    hasTime: () => hasTime,
    end() {
      hasTime = false;
    },
  };
}

test('the first of a turn never waits, the others once there is no time left', () => {
  const ours = turns();
  const records = new Records(BY_TLS, ours);
  expect([records.mustWait(), records.mustWait()]).toEqual([false, false]);
  ours.end();
  expect([records.mustWait(), records.mustWait()]).toEqual([true, true]);
  ours.number++;
  expect([records.mustWait(), records.mustWait()]).toEqual([false, true]);
});

test('without TLS nothing waits: it is all that was read', () => {
  const ours = turns();
  ours.end();
  const records = new Records(PLAIN, ours);
  expect([records.mustWait(), records.mustWait()]).toEqual([false, false]);
});
