/** A socket that is none: what a connection writes and does to it, told in order. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { InPlace, Receiver } from '../../../src/transport/connection/read-buffer.ts';
import { Connection } from '../../../src/transport/resp/resp-connection.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { lend } from '../connection/lent-bytes.ts';
import { RespHarness } from './resp-harness.ts';

export const TIMEOUT_MS = 1_000;
/** After so many turns in which nothing came, all that had been sent has arrived. */
export const TURNS_TO_BE_QUIET = 2;

export class TestSocket extends EventEmitter implements InPlace {
  /** One entry a write, and `end`, `pause`, `resume`, `destroy` as they come. */
  readonly log: string[] = [];
  /** What write() returns. */
  takes = true;
  destroyed = false;
  remoteAddress: string | undefined = undefined;
  #onFinish: (() => void) | null = null;
  #receiver: Receiver | null = null;

  receiveInPlace(receiver: Receiver | null): void {
    this.#receiver = receiver;
  }

  /** What arrives is gone once it was received. */
  receive(bytes: Buffer): void {
    if (this.#receiver !== null) lend(bytes, this.#receiver);
  }

  write(text: string, encoding: string): boolean {
    if (encoding !== 'latin1') throw new Error('replies are a character a byte');
    this.log.push(text);
    return this.takes;
  }

  end(onFinish: () => void): void {
    this.log.push('end');
    this.#onFinish = onFinish;
  }

  /** Its last bytes are sent. */
  finish(): void {
    this.#onFinish?.();
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  destroy(): void {
    this.destroyed = true;
    this.log.push('destroy');
  }
}

/** All that was written among what was done, in one piece. */
export function written(log: readonly string[]): string {
  return log.filter((done) => !/^(end|pause|resume|destroy)$/.test(done)).join('');
}

/** A connection on such a socket, at times the test sets. */
export class TestConnection {
  readonly harness: RespHarness;
  readonly socket: TestSocket = new TestSocket();
  readonly connection: Connection;
  /** Which turn it is. */
  readonly turns: { number: number };
  /** What waits for its turn. */
  readonly #later: (() => void)[] = [];

  constructor(
    harness: RespHarness = new RespHarness(),
    { address = '192.0.2.1', isTls = false }: { address?: string; isTls?: boolean } = {},
  ) {
    this.harness = harness;
    if (isTls) Object.assign(this.socket, { encrypted: true });
    this.socket.remoteAddress = address;
    const { interpreter, cells, table } = this.harness;
    const clock = () => table.nowUs;
    const turns = {
      later: (task: () => void) => void this.#later.push(task),
      hasTime: () => this.harness.hasTime,
      number: 0,
    };
    this.turns = turns;
    const clientBytes = clientBytesOf(cells);
    const parts = { interpreter, cells, clock, requestTimeoutMs: TIMEOUT_MS, turns, clientBytes };
    this.connection = new Connection(this.socket as unknown as Socket, 7, parts);
  }

  /** What is done when these bytes arrive. */
  receive(bytes: string | Uint8Array): readonly string[] {
    return this.during(() => this.socket.receive(Buffer.from(bytes as string, 'latin1')));
  }

  /** What is done when the client has taken all that was written, and it is this one's turn. */
  drain(): readonly string[] {
    return this.during(() => {
      this.socket.emit('drain');
      this.#turn();
    });
  }

  /** What is done when the others had their turn. */
  turn(): readonly string[] {
    return this.during(() => this.#turn());
  }

  /** What is done when this late answer, of those that wait, is there. */
  async tell(which = 0): Promise<readonly string[]> {
    const before = this.socket.log.length;
    await this.harness.late.tell(which);
    return this.socket.log.slice(before);
  }

  /** What is done when all late answers are there, the last first, and all turns were had. */
  async tellAll(): Promise<readonly string[]> {
    const before = this.socket.log.length;
    const { late } = this.harness;
    do {
      while (late.waiting > 0) await late.tell(late.waiting - 1);
    } while (this.turn().length > 0);
    return this.socket.log.slice(before);
  }

  /** What is done when it is to end if it is idle, up to where nothing more has arrived. */
  closeIdle(): readonly string[] {
    return this.during(() => {
      this.connection.closeIdle();
      for (let turns = 0; turns < TURNS_TO_BE_QUIET; turns++) this.#turn();
    });
  }

  /** What is done when so much time has passed. */
  pass(ms: number): readonly string[] {
    this.harness.table.nowUs += ms * 1_000;
    return this.during(() => this.connection.checkTime(this.harness.table.nowUs));
  }

  #turn(): void {
    for (const task of this.#later.splice(0)) task();
  }

  during(act: () => void): readonly string[] {
    const before = this.socket.log.length;
    act();
    return this.socket.log.slice(before);
  }
}
