/**
 * One request and its answer, as whoever answers it sees them; and what it is that answers. An
 * answer may be given at once or later, whole or in pieces; once the client is gone, or has taken
 * the request back, what is given goes nowhere.
 *
 * What is given at once is written before the call returns. What is given later must be left alone
 * by whoever gave it: it may have to wait.
 */
import type { Body } from './body.ts';
import type { RequestHead } from './request-head.ts';

/** Who writes what streams are given. */
export interface StreamHost {
  /** Whether what is given now is written at once. */
  readonly isWriting: boolean;
  /** Whether the connection is about to end. */
  readonly isEnding: boolean;
  /** What the other side takes of header fields in one block. */
  readonly mostListBytes: number;
  /** Of its streams those that may stay open for as long as their clients want. */
  stayingCalls: number;
  /** Does it as soon as it may write, in order. */
  defer(task: () => void): void;
  writeWhole(stream: Stream, answer: WholeAnswer): void;
  writeHead(stream: Stream, block: Uint8Array): void;
  writeData(stream: Stream, prefix: Uint8Array, data: Uint8Array): void;
  writeEnd(stream: Stream, trailers: Uint8Array): void;
}

export interface WholeAnswer {
  readonly head: Uint8Array;
  /** Two pieces, so that nobody has to join them. */
  readonly prefix: Uint8Array;
  readonly data: Uint8Array;
  /** Null where the data ends it. */
  readonly trailers: Uint8Array | null;
}

/** Streams of one connection that may stay open for as long as their clients want. */
export const MOST_STAYING = 8;

type Opened = Pick<Stream, 'id' | 'head' | 'route' | 'arrivedUs' | 'window'>;

export class Stream {
  readonly id: number;
  readonly head: RequestHead;
  readonly route: Route;
  /** When its header fields were read. */
  readonly arrivedUs: number;
  /** What may be sent of its DATA: the other side's to say. */
  window: number;
  /** DATA of it that came, without padding. */
  received = 0;
  /** What the client was not yet told that it may send again. */
  consumed = 0;
  /** What of its DATA came before, where it did not come at once. */
  body: Body | null = null;
  receiver: Receiver | null = null;
  /** Whether all of the request has come. */
  isRead = false;
  /** Whether all of the answer was given. */
  isAnswered = false;
  /** Whether it is closed: nothing more is written. */
  isGone = false;
  /** DATA that waits for room at the other side, and what comes after it. */
  waiting: Buffer | null = null;
  trailers: Uint8Array | null = null;
  /** Since when it waits. */
  waitsSinceUs = 0;
  /** Called once if it is gone before all of its answer was given. */
  onGone: (() => void) | null = null;
  /** Called once when the connection is about to end: its answer should end, too. */
  onEnding: (() => void) | null = null;
  readonly #host: StreamHost;
  #isStaying = false;

  constructor(host: StreamHost, { id, head, route, arrivedUs, window }: Opened) {
    this.#host = host;
    this.id = id;
    this.head = head;
    this.route = route;
    this.arrivedUs = arrivedUs;
    this.window = window;
  }

  /** Whether the connection is about to end. */
  get isEnding(): boolean {
    return this.#host.isEnding;
  }

  /** What the client takes of header fields in one block. */
  get mostListBytes(): number {
    return this.#host.mostListBytes;
  }

  /** Whether it may stay open for as long as its client wants: few of a connection may. */
  stay(): boolean {
    if (this.isGone || this.#host.stayingCalls >= MOST_STAYING) return false;
    this.#isStaying = true;
    this.#host.stayingCalls++;
    return true;
  }

  /** Gives all of the answer. */
  answer(answer: WholeAnswer): void {
    if (this.#isOver) return;
    this.isAnswered = true;
    const host = this.#host;
    if (host.isWriting) host.writeWhole(this, answer);
    else this.#later(() => host.writeWhole(this, answer));
  }

  /** Gives the header fields of an answer whose data comes in pieces. */
  begin(head: Uint8Array): void {
    if (this.#isOver) return;
    const host = this.#host;
    if (host.isWriting) host.writeHead(this, head);
    else this.#later(() => host.writeHead(this, head));
  }

  /** Gives the next piece of data, in two parts. */
  send(prefix: Uint8Array, data: Uint8Array): void {
    if (this.#isOver) return;
    const host = this.#host;
    if (host.isWriting) host.writeData(this, prefix, data);
    else this.#later(() => host.writeData(this, prefix, data));
  }

  /** Gives what comes after the last piece. */
  end(trailers: Uint8Array): void {
    if (this.#isOver) return;
    this.isAnswered = true;
    const host = this.#host;
    if (host.isWriting) host.writeEnd(this, trailers);
    else this.#later(() => host.writeEnd(this, trailers));
  }

  /** It is closed: by its answer, by the client, or with its connection. */
  leave(): void {
    if (this.isGone) return;
    this.isGone = true;
    if (this.#isStaying) this.#host.stayingCalls--;
    this.body = null;
    this.receiver = null;
    this.onEnding = null;
    if (!this.isAnswered) this.onGone?.();
    this.onGone = null;
  }

  get #isOver(): boolean {
    return this.isGone || this.isAnswered;
  }

  #later(write: () => void): void {
    this.#host.defer(() => {
      if (!this.isGone) write();
    });
  }
}

export type Route = WholeRoute | OpenRoute;

/** Is given a request when all of it is there. */
export interface WholeRoute {
  readonly kind: 'whole';
  /** The most DATA that is kept of a request. */
  readonly mostBytes: number;
  /** All of a request is there. `body` lies where it was read: it is there until this returns. */
  answer(stream: Stream, body: Uint8Array): void;
  /** More DATA came than mostBytes; it is not kept, and no more will be. */
  refuse(stream: Stream): void;
}

/** Is given a request's DATA as it comes. */
export interface OpenRoute {
  readonly kind: 'open';
  /** Null where it has answered already, and takes nothing. */
  open(stream: Stream): Receiver | null;
}

export interface Receiver {
  /** `bytes` are there until this returns. */
  data(bytes: Uint8Array): void;
  /** No more will come. */
  end(): void;
  /** What it keeps of what came. */
  readonly heldBytes: number;
}
