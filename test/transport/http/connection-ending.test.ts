/** The last answer of a connection: it comes behind all others, however long those take. */
import { Duplex } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { Cells } from '../../../src/metrics/cells.ts';
import { ConnectionEnding } from '../../../src/transport/http/core/connection-ending.ts';

const PROBLEM = { status: 400, detail: 'it is none', reason: 'malformed_http' } as const;

afterEach(() => void vi.useRealTimers());

/** A connection whose writes take some turns each to be done, as over TLS, or never are. */
class SlowSocket extends Duplex {
  text = '';
  readonly #turns: number | 'never';

  constructor(turns: number | 'never') {
    super();
    this.#turns = turns;
  }

  override _read(): void {}

  override async _write(chunk: Buffer, _: string, done: () => void): Promise<void> {
    this.text += chunk.toString('latin1');
    if (this.#turns === 'never') return;
    await turnsPass(this.#turns);
    done();
  }
}

async function turnsPass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
}

function ended(socket: Duplex): Promise<unknown> {
  return new Promise((resolve) => socket.once('finish', resolve).once('close', resolve));
}

test.each([0, 1, 2, 7])(
  'answers that take %i turns each to be written come first',
  async (turns) => {
    const socket = new SlowSocket(turns);
    // As node:http does: an answer is begun when the one before it is written.
    socket.write('first;', () => socket.write('second;'));
    new ConnectionEnding(new Cells(Cells.reserve(1), 0)).last(socket, PROBLEM);
    await ended(socket);
    expect(socket.text).toMatch(/^first;second;HTTP\/1\.1 400 .*it is none"\}$/s);
  },
);

test('a client that does not take them is closed without it, after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const socket = new SlowSocket('never');
  socket.write('first;');
  new ConnectionEnding(new Cells(Cells.reserve(1), 0)).last(socket, PROBLEM);
  await turnsPass(20);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(socket.destroyed).toBe(true);
  await turnsPass(20);
  expect(socket.text).toBe('first;');
});
