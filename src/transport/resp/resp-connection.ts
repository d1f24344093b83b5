/**
 * One connection of the Redis protocol: bytes to the interpreter, one write a chunk back.
 *
 * It reads, or waits, or is held, or is ending. It waits for replies that come late: it writes none
 * before all are there, and reads no further. It is held until its client takes replies, and where
 * it has more to do until all others had a turn. `#dueUs` is when it has done so for too long.
 * Between two commands it may rest for ever: clients keep connections in pools.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { type Cells, DURATION } from '../../metrics/cells.ts';
import type { Client, ClientBytes, Holding } from '../connection/client-bytes.ts';
import { MOST_READ_BYTES, receive } from '../connection/read-buffer.ts';
import { Records } from '../connection/records.ts';
import type { Turns } from '../connection/turns.ts';
import { Session } from './commands/session.ts';
import type { Interpreter } from './interpreter.ts';

export interface ConnectionParts {
  readonly interpreter: Interpreter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly turns: Pick<Turns, 'later' | 'hasTime' | 'number'>;
  readonly clientBytes: ClientBytes;
}

/** So often a connection may be found busy before it is ended while it goes on asking. */
export const MOST_BUSY = 10;

const NEVER = Number.POSITIVE_INFINITY;
/** What a client that does not read is given beyond the time for a command. */
const DEAF_MORE_MS = 1_000;
/** How long a client may take to close once it has been sent all. */
const LINGER_MS = 1_000;

export class Connection implements Client {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #session: Session;
  readonly #holding: Holding;
  readonly #records: Records;
  /** Half a frame; while the connection waits or is held also the commands before it. */
  #left: Buffer | null = null;
  #state: 'reading' | 'waiting' | 'held' | 'ending' = 'reading';
  #dueUs: number;
  /** Whether a chunk was served since closeIdle() last looked, or #endOnceQuiet() did. */
  #isBusy = false;
  /** How often closeIdle() found it busy. */
  #timesBusy = 0;
  #endsNext = false;
  /** Whether #endOnceQuiet() waits to see. */
  #isLooking = false;
  /** Whether the client has said that it sends no more. */
  #hasAll = false;
  /** Whether it holds more than others, and is not read from for it. */
  #isTooLarge = false;
  /** Of replies that it waits for. */
  #comingBytes = 0;

  constructor(socket: Socket, id: number, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#session = new Session(id, socket.remoteAddress ?? 'a closed connection');
    this.#dueUs = this.#inMs(parts.requestTimeoutMs);
    this.#holding = parts.clientBytes.join(socket, this);
    this.#records = new Records(socket, parts.turns);
    socket
      .on('drain', () => this.#drain())
      .on('end', () => this.#receiveEnd())
      // It only says that the client is gone; 'close' follows.
      .on('error', () => undefined);
    receive(socket, (bytes) => this.#receive(bytes));
  }

  /** Half commands, transactions, replies that are to come or that nobody takes. */
  heldBytes(): number {
    const { transaction, execution } = this.#session;
    const kept = (transaction?.heldBytes ?? 0) + (execution?.frames.buffer.byteLength ?? 0);
    const { readableLength, writableLength } = this.#socket;
    const left = this.#left?.length ?? 0;
    return left + kept + this.#comingBytes + readableLength + writableLength;
  }

  stopReading(): void {
    this.#isTooLarge = true;
    if (this.#state === 'reading') this.#socket.pause();
  }

  readOn(): void {
    this.#isTooLarge = false;
    if (this.#state === 'reading') this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #drain(): void {
    this.#holding.changed();
    this.#takeTurn();
  }

  /**
   * To be called again and again, ends it once it has been idle from one call to the next: a
   * pipeline may come in pieces. One that is never idle ends between two commands, after MOST_BUSY
   * calls.
   */
  closeIdle(): void {
    if (this.#state !== 'reading' || this.#left !== null || this.#isTooLarge) return;
    if (this.#isBusy) this.#timesBusy++;
    else this.#endOnceQuiet();
    this.#isBusy = false;
    this.#endsNext = this.#timesBusy >= MOST_BUSY;
  }

  /** Ends it if it has nothing more to say: all that has arrived by now is read and answered. */
  #endOnceQuiet(): void {
    if (this.#isLooking) return;
    const { turns } = this.#parts;
    this.#isBusy = false;
    this.#isLooking = true;
    const look = () => {
      this.#isLooking = false;
      if (!this.#isReading || this.#left !== null) return;
      if (!this.#isBusy) this.#end();
      else if (this.#endsNext) this.#endOnceQuiet();
    };
    // A turn may be under way, in which it was read from already.
    turns.later(() => turns.later(look));
  }

  /** Ends it if it has been too long about something. */
  checkTime(nowUs: number): void {
    if (nowUs < this.#dueUs) return;
    if (this.#state !== 'reading') {
      this.#socket.destroy();
      return;
    }
    const { interpreter, requestTimeoutMs } = this.#parts;
    const fault = `ERR timeout: a command must arrive whole within ${requestTimeoutMs} ms`;
    interpreter.replies.refuse('timeout', fault);
    this.#session.isOver = true;
    this.#reply(NEVER, false);
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'ending') return;
    const isOurs = this.#left !== null;
    const bytes = this.#left === null ? chunk : Buffer.concat([this.#left, chunk]);
    // What was on its way when reading was stopped.
    if (this.#state !== 'reading') this.#left = Buffer.from(bytes);
    else this.#serve(bytes, isOurs);
  }

  /** What was asked before is answered first. */
  #receiveEnd(): void {
    this.#hasAll = true;
    if (this.#state === 'reading') this.#end();
  }

  /** Of bytes that are not ours nothing is kept but copies. */
  #serve(bytes: Buffer, isOurs: boolean): void {
    const { interpreter, clock } = this.#parts;
    const nowUs = clock();
    const before = interpreter.decisions;
    const at = interpreter.run(this.#session, bytes, 0, nowUs);
    const isFull = bytes.length >= MOST_READ_BYTES || this.#records.mustWait();
    const isMore = interpreter.hasMore || isFull;
    this.#isBusy = true;
    this.#keep(bytes, at, isOurs);
    this.#reply(interpreter.decisions === before ? NEVER : nowUs, isMore);
  }

  /**
   * Sends what was written, at once if all is there. `askedUs`: when decisions in it were asked.
   */
  #reply(askedUs: number, isMore: boolean): void {
    const { length } = this.#parts.interpreter.replies;
    const replies = this.#parts.interpreter.replies.take();
    if (replies instanceof Promise) this.#comingBytes = length;
    if (replies instanceof Promise) void this.#wait(replies, askedUs, isMore);
    else this.#send(replies, askedUs, isMore);
  }

  /** Reads no further until all replies are there. A client that is gone then gets none. */
  async #wait(coming: Promise<string>, askedUs: number, isMore: boolean): Promise<void> {
    this.#state = 'waiting';
    this.#dueUs = NEVER;
    this.#socket.pause();
    this.#holding.changed();
    const replies = await coming;
    this.#comingBytes = 0;
    if (this.#socket.destroyed) return;
    this.#state = 'held';
    this.#send(replies, askedUs, isMore);
  }

  #send(replies: string, askedUs: number, isMore: boolean): void {
    const { cells, clock } = this.#parts;
    const isTaken = replies === '' || this.#socket.write(replies, 'latin1');
    // Once for all commands of a chunk: they were read, decided and answered together.
    if (askedUs !== NEVER) cells.observe(DURATION, (clock() - askedUs) / 1_000_000);
    if (this.#session.isOver) this.#end();
    else if (!isTaken) this.#hold();
    else if (isMore) this.#takeTurn();
    else {
      if (this.#state === 'held') this.#release();
      if (this.#endsNext) this.#endOnceQuiet();
    }
    this.#holding.changed();
  }

  /** Keeps what is left from `at` on until more comes. */
  #keep(bytes: Buffer, at: number, isOurs: boolean): void {
    const { hasAsked } = this.#session;
    if (at === bytes.length) {
      this.#left = null;
      if (hasAsked) this.#dueUs = NEVER;
      return;
    }
    // A frame as a whole has one deadline, and so has the first command of a connection.
    if (hasAsked && (at > 0 || this.#left === null)) {
      this.#dueUs = this.#inMs(this.#parts.requestTimeoutMs);
    }
    const rest = bytes.subarray(at);
    // A copy also so that a few bytes do not keep all of a chunk.
    this.#left = isOurs && 2 * rest.length > bytes.length ? rest : Buffer.from(rest);
  }

  /** Reads no further until the client has taken its replies. */
  #hold(): void {
    this.#state = 'held';
    this.#dueUs = this.#inMs(this.#parts.requestTimeoutMs + DEAF_MORE_MS);
    this.#socket.pause();
  }

  /** Goes on when the others had their turn: one long pipeline must not make them wait for it. */
  #takeTurn(): void {
    if (this.#state === 'ending' || this.#state === 'waiting') return;
    if (this.#state === 'reading') this.#socket.pause();
    this.#state = 'held';
    this.#parts.turns.later(() => this.#release());
  }

  #release(): void {
    if (this.#state !== 'held') return;
    const left = this.#left;
    this.#state = 'reading';
    if (this.#session.hasAsked) this.#dueUs = NEVER;
    this.#left = null;
    if (left !== null) this.#serve(left, true);
    // In serving what was left it may have come to wait or be held again, or have ended.
    if (!this.#isReading) return;
    if (this.#hasAll) this.#end();
    else if (!this.#isTooLarge) this.#socket.resume();
  }

  get #isReading(): boolean {
    return this.#state === 'reading';
  }

  /**
   * Ends it once its replies are sent. What still comes is read and dropped: else it were reset.
   */
  #end(): void {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    this.#left = null;
    this.#dueUs = this.#inMs(this.#parts.requestTimeoutMs + DEAF_MORE_MS);
    this.#socket.end(() => {
      this.#dueUs = Math.min(this.#dueUs, this.#inMs(LINGER_MS));
    });
    this.#socket.resume();
  }

  /** The time in `ms` milliseconds. */
  #inMs(ms: number): number {
    return this.#parts.clock() + ms * 1_000;
  }
}
