/**
 * One connection of HTTP/2: bytes to the session, one write a chunk back.
 *
 * It reads, or is held, or is ending. It is held until its client takes answers, and where it has
 * more to do until all others had a turn. Answers that come late are written together, once all
 * that has come in this turn was dealt with.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { type Cells, DURATION, type GoAwayReason } from '../../metrics/cells.ts';
import type { Client, ClientBytes, Holding } from '../connection/client-bytes.ts';
import { MOST_READ_BYTES, receive } from '../connection/read-buffer.ts';
import { Records } from '../connection/records.ts';
import type { Turns } from '../connection/turns.ts';
import { type ConnectionTimes, Deadlines } from './deadlines.ts';
import type { Service } from './service.ts';
import { Session } from './session.ts';
import { type FrameWriter, START_BYTES } from './wire/frame-writer.ts';

export interface ConnectionParts {
  readonly writer: FrameWriter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
  readonly times: ConnectionTimes;
}

/** What is so for one connection. */
export interface Admission {
  readonly service: Service;
  /** How old it may become; null where that is not bounded. */
  readonly mostAgeMs: number | null;
  /** Whether it is to end with its first answer. */
  readonly isOnce: boolean;
}

/** How long a client may take to close once it has been sent all. */
const LINGER_MS = 1_000;

export class Connection implements Client {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #admission: Admission;
  readonly #session: Session;
  readonly #deadlines: Deadlines;
  readonly #holding: Holding;
  readonly #records: Records;
  /** By it no write is done before the turn is over. */
  readonly #isTls: boolean;
  /** What was read while it was held, or was left when it came to be. */
  #left: Buffer | null = null;
  #state: 'reading' | 'held' | 'ending' = 'reading';
  #endDueUs = 0;
  /** Whether the client has said that it sends no more. */
  #hasAll = false;
  /** Whether it holds more than others, and is not read from for it. */
  #isTooLarge = false;
  /** Whether what is written must be a copy: the socket has not done with it at once. */
  #writesCopies = false;

  constructor(socket: Socket, parts: ConnectionParts, admission: Admission) {
    const { writer, cells, clock, turns, clientBytes, times } = parts;
    this.#socket = socket;
    this.#parts = parts;
    this.#admission = admission;
    this.#session = new Session({
      writer,
      cells,
      service: admission.service,
      hasTime: () => turns.hasTime(),
      wake: () => process.nextTick(() => this.#writeLate()),
    });
    const { mostAgeMs } = admission;
    this.#deadlines = new Deadlines({ session: this.#session, times, mostAgeMs, nowUs: clock() });
    this.#holding = clientBytes.join(socket, this);
    this.#records = new Records(socket, turns);
    this.#isTls = 'encrypted' in socket;
    socket
      .on('drain', () => this.#drain())
      .on('end', () => this.#receiveEnd())
      .on('close', () => this.#session.streams.leaveAll())
      // It only says that the client is gone; 'close' follows.
      .on('error', () => undefined);
    receive(socket, (bytes) => this.#receive(bytes));
  }

  /** Requests and blocks that are half there, answers that nobody takes, and each open stream. */
  heldBytes(): number {
    const { readableLength, writableLength } = this.#socket;
    const left = this.#left?.length ?? 0;
    // Of the first write that had to wait it keeps all of the buffer.
    const least = this.#isTls ? 0 : START_BYTES;
    const written = writableLength > 0 ? Math.max(writableLength, least) : 0;
    return this.#session.heldBytes + left + readableLength + written;
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

  /** Ends it once all that was asked on it is answered. */
  leave(reason: GoAwayReason): void {
    if (this.#state === 'ending') return;
    this.#writing(() => this.#session.leave(reason, this.#parts.clock()));
  }

  /** Ends it, or a request on it, if it has been too long about something. */
  checkTime(nowUs: number): void {
    if (this.#state === 'ending') {
      if (nowUs >= this.#endDueUs) this.#socket.destroy();
      return;
    }
    const lost = this.#deadlines.lost(nowUs);
    if (lost !== null) {
      this.#parts.cells.goAway(lost);
      this.#socket.destroy();
    } else if (!this.#deadlines.isAtRest(nowUs)) {
      const isReading = this.#isReading && !this.#isTooLarge;
      this.#writing(() => this.#deadlines.check(nowUs, isReading));
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'ending') return;
    if (this.#state === 'reading') {
      this.#serve(chunk, false);
      return;
    }
    // What was on its way when reading was stopped.
    this.#left = this.#left === null ? Buffer.from(chunk) : Buffer.concat([this.#left, chunk]);
  }

  #receiveEnd(): void {
    this.#hasAll = true;
    if (this.#state === 'reading') this.#writing(() => this.#endOnceAnswered());
  }

  /** Requests that are half there are never whole: the others are answered first. */
  #endOnceAnswered(): void {
    const { streams } = this.#session;
    streams.resetLate(({ isRead }) => !isRead);
    if (streams.size === 0) this.#session.isOver = true;
  }

  /** Of bytes that are not ours nothing is kept but copies. */
  #serve(bytes: Buffer, isOurs: boolean): void {
    const { clock, cells } = this.#parts;
    const { service, isOnce } = this.#admission;
    const session = this.#session;
    const { calls } = session.streams;
    const nowUs = clock();
    const before = service.decisions;
    this.#deadlines.read(nowUs);
    session.sender.begin();
    const at = session.receive(bytes, 0, nowUs);
    if (calls !== session.streams.calls) {
      this.#deadlines.called(nowUs);
      if (isOnce) session.leave('crowd', nowUs);
    }
    session.sender.end();
    const rest = at === bytes.length || session.isOver ? null : bytes.subarray(at);
    this.#left = rest === null || isOurs ? rest : Buffer.from(rest);
    const isFull = bytes.length >= MOST_READ_BYTES || this.#records.mustWait();
    this.#flush(session.hasMore || (!isOurs && isFull));
    // Once for all calls of a chunk: they were read, decided and answered together.
    if (service.decisions !== before) cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  /** Answers that came after what asked for them was dealt with. */
  #writeLate(): void {
    if (this.#state !== 'ending') this.#writing(() => this.#session.answered());
  }

  #writing(task: () => void): void {
    const { sender, streams } = this.#session;
    streams.nowUs = this.#parts.clock();
    sender.begin();
    task();
    sender.end();
    this.#flush(false);
  }

  /** Sends what was written. `isMore`: whether there is more to do, when others had their turn. */
  #flush(isMore: boolean): void {
    const isTaken = this.#send();
    if (this.#hasAll && this.#left === null && this.#session.streams.size === 0) {
      this.#session.isOver = true;
    }
    if (this.#session.isOver) this.#end();
    else if (!isTaken) this.#hold();
    else if (isMore) this.#takeTurn();
    this.#holding.changed();
  }

  /** Whether the socket takes more. */
  #send(): boolean {
    const { writer } = this.#parts;
    const socket = this.#socket;
    if (writer.length === 0) return !socket.writableNeedDrain;
    const bytes = writer.take();
    if (this.#isTls || this.#writesCopies) return socket.write(Buffer.from(bytes));
    const isTaken = socket.write(bytes);
    if (socket.writableLength === 0) return isTaken;
    writer.giveAway();
    this.#writesCopies = true;
    return isTaken;
  }

  #drain(): void {
    this.#deadlines.taken();
    this.#holding.changed();
    this.#takeTurn();
  }

  /** Reads no further until the client has taken its answers. */
  #hold(): void {
    this.#deadlines.waits(this.#parts.clock());
    if (this.#state === 'reading') this.#socket.pause();
    this.#state = 'held';
  }

  /** Goes on when the others had their turn. */
  #takeTurn(): void {
    if (this.#state === 'ending') return;
    if (this.#state === 'reading') this.#socket.pause();
    this.#state = 'held';
    this.#parts.turns.later(() => this.#release());
  }

  #release(): void {
    if (this.#state !== 'held' || this.#socket.writableNeedDrain) return;
    const left = this.#left;
    this.#state = 'reading';
    this.#left = null;
    if (left !== null) this.#serve(left, true);
    // In serving what was left it may have come to be held again, or have ended.
    if (!this.#isReading) return;
    if (this.#hasAll) this.#writing(() => this.#endOnceAnswered());
    else if (!this.#isTooLarge) this.#socket.resume();
  }

  get #isReading(): boolean {
    return this.#state === 'reading';
  }

  /** Ends it once all is sent. What still comes is read and dropped: else it were reset. */
  #end(): void {
    if (this.#state === 'ending') return;
    const { clock } = this.#parts;
    this.#state = 'ending';
    this.#left = null;
    this.#session.streams.leaveAll();
    this.#endDueUs = clock() + this.#deadlines.endingUs;
    this.#socket.end(() => {
      this.#endDueUs = Math.min(this.#endDueUs, clock() + LINGER_MS * 1_000);
    });
    this.#socket.resume();
  }
}
