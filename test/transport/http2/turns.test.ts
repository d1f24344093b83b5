/** Turns: a connection that was given much lets the others have theirs in between. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Cells } from '../../../src/metrics/cells.ts';
import { MOST_READ_BYTES } from '../../../src/transport/connection/read-buffer.ts';
import { TURN_US, Turns } from '../../../src/transport/connection/turns.ts';
import { Connection } from '../../../src/transport/http2/connection.ts';
import { FrameWriter } from '../../../src/transport/http2/wire/frame-writer.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { frame, framesIn, PREFACE, ping, SETTINGS_ACK, settings, shown } from './frames.ts';
import { EchoService } from './session-scene.ts';

const TIMES = { headersTimeoutMs: 10_000, requestTimeoutMs: 10_000, keepAliveMs: 75_000 };
const PONG = 'PING ack';
/** Of a type that nobody knows, and is passed over. */
const UNKNOWN = 100;

/** A socket that is none: frames that are written to it, in words, and what is done to it. */
class TestSocket extends EventEmitter {
  readonly log: string[] = [];
  readonly readableLength = 0;
  readonly writableLength = 0;
  readonly writableNeedDrain = false;

  write(bytes: Buffer): boolean {
    this.log.push(...framesIn(Buffer.from(bytes)).map(shown));
    return true;
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }
}

/** A connection whose client has said its settings, at times that the test sets. */
class Scene {
  nowUs = 1_000_000;
  readonly #socket = new TestSocket();
  readonly #waiting: (() => void)[] = [];

  constructor({ isTls }: { readonly isTls: boolean }) {
    if (isTls) Object.assign(this.#socket, { encrypted: true });
    const clock = () => this.nowUs;
    const cells = new Cells(Cells.reserve(1), 0);
    const parts = {
      writer: new FrameWriter(),
      cells,
      clock,
      turns: new Turns(clock, (task) => void this.#waiting.push(task)),
      clientBytes: clientBytesOf(cells),
      times: TIMES,
    };
    const admission = { service: new EchoService(), mostAgeMs: null, isOnce: false };
    new Connection(this.#socket as unknown as Socket, parts, admission);
    this.receive(PREFACE, settings(), SETTINGS_ACK);
    this.turn();
  }

  /** What is done when these bytes arrive in one piece. */
  receive(...pieces: readonly Uint8Array[]): readonly string[] {
    return this.#during(() => this.#socket.emit('data', Buffer.concat(pieces)));
  }

  /** What is done when the others had their turn. */
  turn(): readonly string[] {
    return this.#during(() => {
      for (const task of this.#waiting.splice(0)) task();
    });
  }

  #during(act: () => void): readonly string[] {
    const before = this.#socket.log.length;
    act();
    return this.#socket.log.slice(before);
  }
}

describe('over TLS, where each record comes by itself,', () => {
  test('the second of a turn waits where there is no time left, and what follows it', () => {
    const one = new Scene({ isTls: true });
    expect(one.receive(ping())).toEqual([PONG]);
    expect(one.receive(ping())).toEqual([PONG]);
    one.nowUs += TURN_US;
    expect(one.receive(ping())).toEqual([PONG, 'pause']);
    // What was on its way.
    expect(one.receive(ping())).toEqual([]);
    expect(one.turn()).toEqual([PONG, 'resume']);
    expect(one.receive(ping())).toEqual([PONG]);
  });
});

describe('without TLS', () => {
  test('a piece is all that was read, and nothing waits for it', () => {
    const one = new Scene({ isTls: false });
    expect(one.receive(ping())).toEqual([PONG]);
    one.nowUs += TURN_US;
    expect(one.receive(ping())).toEqual([PONG]);
  });

  test('one as long as may be, which more will follow, has a turn to itself', () => {
    const one = new Scene({ isTls: false });
    const rest = MOST_READ_BYTES - ping().length;
    const blanks = [16_384, 16_384, 16_384, rest - 3 * 16_393 - 9];
    const long = blanks.map((length) => frame(UNKNOWN, 0, 0, Buffer.alloc(length)));
    expect(one.receive(...long, ping())).toEqual([PONG, 'pause']);
    expect(one.turn()).toEqual(['resume']);
    expect(one.receive(...long, ping().subarray(0, -1))).toEqual([]);
  });
});
