/** The reserve of a listener: who must go for the next, and who is ended when it closes. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RESERVE, Reserve } from '../../../src/transport/connection/reserve.ts';

class FakeSocket extends EventEmitter {
  bytesRead: number;
  isDestroyed = false;

  constructor(bytesRead: number) {
    super();
    this.bytesRead = bytesRead;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }
}

const bytesRead = (socket: Socket) => socket.bytesRead;

/** Takes in so many that have said so much. */
function fill(reserve: Reserve, bytesRead: readonly number[]): FakeSocket[] {
  return bytesRead.map((bytes) => {
    const socket = new FakeSocket(bytes);
    expect(reserve.add(socket as unknown as Socket)).toBe(null);
    return socket;
  });
}

function add(reserve: Reserve): Socket | null {
  return reserve.add(new FakeSocket(0) as unknown as Socket);
}

const speaking = (count: number): number[] => Array.from({ length: count }, () => 1);

test('nobody goes while there is a place, and who has closed leaves one', () => {
  const reserve = new Reserve(bytesRead);
  const [first] = fill(reserve, speaking(RESERVE));
  first?.destroy();
  expect(add(reserve)).toBe(null);
  expect(add(reserve)).not.toBe(null);
});

test('the oldest that has said nothing goes; where all have spoken, the oldest', () => {
  const reserve = new Reserve(bytesRead);
  const sockets = fill(reserve, [...speaking(3), 0, 0, ...speaking(RESERVE - 5)]);
  expect(add(reserve)).toBe(sockets[3]);
  expect(add(reserve)).toBe(sockets[4]);
  const all = new Reserve(bytesRead);
  const [oldest] = fill(all, speaking(RESERVE));
  expect(add(all)).toBe(oldest);
});

test('closeIdle() ends those that have said nothing, and no other', () => {
  const reserve = new Reserve(bytesRead);
  const sockets = fill(reserve, [0, 1, 0, 7]);
  reserve.closeIdle();
  expect(sockets.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, true, false]);
  // And once they have spoken they are ended by whoever answers them.
  for (const socket of sockets) socket.bytesRead = 1;
  reserve.closeIdle();
  expect(sockets.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, true, false]);
});
