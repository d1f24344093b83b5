/**
 * A connection that node:http serves, and gets the bytes of in pieces of about one request.
 *
 * node:http answers all that it is given before it returns, so a chunk of 64 KiB could be 2,400
 * requests. Here it is given the next one when the thread has time for more, when the client takes
 * the answers there are, and when few are waited for. What is left goes back to the socket, so that
 * the end of what the client sends comes after it.
 *
 * Used by HttpServer, after node:http has taken the connection: its one listener for data is taken
 * off the socket, and called from here. It pauses the socket itself when it has had enough, and is
 * never given bytes then: whoever paused it resumes it.
 */
import type { Socket } from 'node:net';
import { assert } from '../../../lib/assert.ts';
import type { Client, Holding } from '../../connection/client-bytes.ts';
import type { Turns } from '../../connection/turns.ts';

/** Requests of one connection whose answers are not all handed over. */
export const MOST_OUTSTANDING = 32;
/** Of a body in small chunks that costs about as much as a request. */
const MOST_PIECE_BYTES = 8_192;
/** Where the head of a request ends. What only looks like it costs a cut more, and nothing else. */
const HEAD_END = '\n\r\n';

export class PacedConnection implements Client {
  readonly #socket: Socket;
  readonly #turns: Turns;
  readonly #feed: (piece: Buffer) => void;
  #outstanding = 0;
  #waitsForTurn = false;
  /** Whether it was paused from here, and something waits in the socket. */
  #isHeld = false;
  #isStopped = false;
  /** Whether it holds more than others, and is not read from for it. */
  #isTooLarge = false;
  #holding: Holding | null = null;

  /** REQUIRES: node:http has just taken the connection. */
  constructor(socket: Socket, turns: Turns) {
    const [feed, ...others] = socket.listeners('data');
    assert(feed !== undefined && others.length === 0, 'node:http listens for data, and it alone');
    this.#socket = socket;
    this.#turns = turns;
    this.#feed = feed as (piece: Buffer) => void;
    socket.removeListener('data', this.#feed);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk)).on('drain', () => this.#drain());
  }

  /** Says from now on what it holds. */
  countBy(holding: Holding): void {
    this.#holding = holding;
  }

  /** What was read and not given, and what was answered and not taken. */
  heldBytes(): number {
    return this.#socket.readableLength + this.#socket.writableLength;
  }

  stopReading(): void {
    this.#isTooLarge = true;
    // Where node:http resumes it, what comes is put back.
    if (this.#isHeld || this.#socket.isPaused()) return;
    this.#isHeld = true;
    this.#socket.pause();
  }

  readOn(): void {
    this.#isTooLarge = false;
    this.#goOn();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Is told that an answer was given, though perhaps not taken. */
  answered(): void {
    this.#holding?.changed();
  }

  /** Counts a request in. */
  began(): void {
    this.#outstanding++;
  }

  /** Counts a request out that began() counted in. */
  ended(): void {
    this.#outstanding--;
    this.#holding?.changed();
    this.#goOn();
  }

  /** What still comes is read and dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#goOn();
  }

  #drain(): void {
    this.#holding?.changed();
    this.#goOn();
  }

  #receive(chunk: Buffer): void {
    const socket = this.#socket;
    let at = 0;
    while (at < chunk.length && !this.#isStopped && !socket.destroyed) {
      // By node:http, which resumes it. Paused before: what is put back would else come at once.
      if (socket.isPaused()) socket.unshift(chunk.subarray(at));
      else if (this.#mustWait || this.#isTurnOver(at)) this.#hold(chunk.subarray(at));
      else {
        const end = endOfPiece(chunk, at);
        this.#feed(chunk.subarray(at, end));
        at = end;
        continue;
      }
      return;
    }
  }

  /** The first piece of a chunk is given while there is time for the least. */
  #isTurnOver(at: number): boolean {
    return at === 0 ? this.#turns.isLong() : !this.#turns.hasTime();
  }

  get #mustWait(): boolean {
    return (
      this.#waitsForTurn ||
      this.#isTooLarge ||
      this.#outstanding >= MOST_OUTSTANDING ||
      this.#socket.writableNeedDrain
    );
  }

  #hold(rest: Buffer): void {
    this.#isHeld = true;
    this.#socket.pause();
    this.#socket.unshift(rest);
    this.#holding?.changed();
    this.#goOn();
  }

  /** Goes on when its turn has come, if nothing else keeps it. */
  #goOn(): void {
    if (!this.#isHeld || (this.#mustWait && !this.#isStopped)) return;
    this.#waitsForTurn = true;
    this.#turns.later(() => {
      this.#waitsForTurn = false;
      if (!this.#isHeld || this.#socket.destroyed) return;
      this.#isHeld = false;
      this.#socket.resume();
      // Now, and not when all others had their turn: it is what the turn is for.
      this.#socket.read();
    });
  }
}

/** Where the first request in a chunk ends that has several, or a piece that is long enough. */
function endOfPiece(chunk: Buffer, at: number): number {
  const most = Math.min(chunk.length, at + MOST_PIECE_BYTES);
  const piece = at === 0 && most === chunk.length ? chunk : chunk.subarray(at, most);
  const first = piece.indexOf(HEAD_END, 0, 'latin1');
  if (first === -1) return most;
  const next = first + HEAD_END.length;
  return piece.indexOf(HEAD_END, next, 'latin1') === -1 ? most : at + next;
}
