/**
 * What clients make a thread hold: bodies and commands that are half there, transactions, and
 * answers that nobody reads. One account a thread, for every protocol.
 *
 * Above half of the bound those who hold most are not read from: more than half an even share of
 * that half. They would never finish so, and never free their room; so as many of them as there is
 * surely room for are read from after all, the next ones every TURN_MS, and one at any rate.
 * Above all of it the one that holds most is closed, and so on until it fits.
 *
 * Invariants:
 *   1. total is what all that are in it held when they last said so.
 *   2. While somebody is stopped, total was above half at the last look, and another look is due.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Timers } from '../../lib/timers.ts';
import { type Cells, CLIENT_BYTES, CLIENTS_CLOSED } from '../../metrics/cells.ts';

/** A connection, as the account sees it. */
export interface Client {
  /** What it holds now, in bytes. */
  heldBytes(): number;
  /** Reads nothing more from its socket, but goes on with what was read. */
  stopReading(): void;
  readOn(): void;
  close(): void;
}

export interface ClientBytesParts {
  /** Of all clients of this thread. */
  readonly mostBytes: number;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Pick<Log, 'warn'>;
}

/** How long those who are read from above half are, before it is the turn of the next. */
export const TURN_MS = 20;
/** More than one client ever holds: a transaction with its copy while it grows, and its replies. */
export const MOST_ONE_HOLDS: number = 2 * 1_024 * 1_024;
/** No two lines of the log are closer to each other. */
const LOG_EVERY_MS = 10_000;

const HOLDINGS = new WeakMap<Duplex, Holding>();

/** What a connection is counted by; there is none before somebody has joined for it. */
export function holdingOf(socket: Duplex): Holding | undefined {
  return HOLDINGS.get(socket);
}

export class ClientBytes {
  readonly #parts: ClientBytesParts;
  readonly #halfBytes: number;
  readonly #holdings = new Set<Holding>();
  /** Those that are not read from, the first first. */
  readonly #stopped = new Set<Holding>();
  /** Those that hold as much, and are read from until the next look. */
  readonly #granted = new Set<Holding>();
  #total = 0;
  #isLookDue = false;
  #loggedUs = Number.NEGATIVE_INFINITY;
  /** Clients closed that the log was not told of. */
  #untold = 0;

  constructor(parts: ClientBytesParts) {
    this.#parts = parts;
    this.#halfBytes = parts.mostBytes / 2;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts a connection until it is closed. */
  join(socket: Duplex, client: Client): Holding {
    const holding = new Holding(this, client);
    this.#holdings.add(holding);
    HOLDINGS.set(socket, holding);
    socket.once('close', () => this.#leave(holding));
    return holding;
  }

  /** Whether there is room for `bytes` more. */
  hasRoom(bytes: number): boolean {
    if (this.#total + bytes <= this.#parts.mostBytes) return true;
    this.#countAnew();
    return this.#total + bytes <= this.#parts.mostBytes;
  }

  /** Counts a connection anew, and does what must be done about it. */
  changed(holding: Holding): void {
    if (!this.#holdings.has(holding)) return;
    this.#count(holding);
    if (this.#total > this.#parts.mostBytes) this.#closeLargest();
    // It may have been the one that was closed.
    if (this.#total <= this.#halfBytes || !this.#holdings.has(holding)) return;
    if (!this.#isLookDue) this.#look();
    else if (holding.bytes > this.#share && !this.#granted.has(holding)) this.#stop(holding);
  }

  #count(holding: Holding): void {
    const bytes = holding.heldBytes;
    this.#setTotal(this.#total + bytes - holding.bytes);
    holding.bytes = bytes;
  }

  /** A client that reads its answers late does not say so. */
  #countAnew(): void {
    for (const holding of this.#holdings) this.#count(holding);
  }

  #setTotal(bytes: number): void {
    this.#total = bytes;
    this.#parts.cells.set(CLIENT_BYTES, bytes);
  }

  /** Above this is who holds most. */
  get #share(): number {
    // Half an even share of that half: what is read at once, and a body's room, comes on top of it.
    return this.#halfBytes / 2 / Math.max(1, this.#holdings.size);
  }

  /** Stops those who hold most, and lets the next of them read. */
  #look(): void {
    this.#isLookDue = false;
    this.#countAnew();
    const isTight = this.#total > this.#halfBytes;
    const share = this.#share;
    const had = [...this.#granted];
    this.#granted.clear();
    for (const holding of [...this.#stopped, ...had]) {
      if (!isTight || holding.bytes <= share) this.#free(holding);
    }
    if (!isTight) return;
    // Who has had a turn comes after those that wait for one.
    for (const holding of this.#holdings) if (holding.bytes > share) this.#stop(holding);
    this.#grant();
    this.#isLookDue = true;
    this.#parts.timers.after(TURN_MS, () => this.#look());
  }

  #grant(): void {
    const room = this.#parts.mostBytes - this.#total;
    let left = Math.max(1, Math.floor(room / MOST_ONE_HOLDS));
    for (const holding of this.#stopped) {
      if (left-- === 0) return;
      this.#granted.add(holding);
      this.#free(holding);
    }
  }

  #stop(holding: Holding): void {
    if (this.#stopped.has(holding)) return;
    this.#stopped.add(holding);
    holding.client.stopReading();
  }

  #free(holding: Holding): void {
    if (this.#stopped.delete(holding)) holding.client.readOn();
  }

  #closeLargest(): void {
    this.#countAnew();
    while (this.#total > this.#parts.mostBytes) {
      let largest: Holding | null = null;
      for (const holding of this.#holdings) {
        if (largest === null || holding.bytes > largest.bytes) largest = holding;
      }
      if (largest === null) return;
      const { bytes, client } = largest;
      this.#leave(largest);
      client.close();
      this.#parts.cells.add(CLIENTS_CLOSED, 1);
      this.#tell(bytes);
    }
  }

  #leave(holding: Holding): void {
    if (!this.#holdings.delete(holding)) return;
    this.#stopped.delete(holding);
    this.#granted.delete(holding);
    this.#setTotal(this.#total - holding.bytes);
  }

  #tell(bytes: number): void {
    const { clock, log, mostBytes } = this.#parts;
    const nowUs = clock();
    if (nowUs - this.#loggedUs < LOG_EVERY_MS * 1_000) {
      this.#untold++;
      return;
    }
    const more = this.#untold === 0 ? '' : `, and ${this.#untold} before that were not logged`;
    log.warn(
      `Closed a client that held ${bytes} bytes: all of a thread hold more than MAX_CLIENT_BYTES, ${mostBytes}${more}`,
    );
    this.#loggedUs = nowUs;
    this.#untold = 0;
  }
}

/** What one connection is counted for. */
export class Holding {
  readonly client: Client;
  /** As of when it was last counted; the account's alone to set. */
  bytes = 0;
  readonly #account: ClientBytes;
  #bodyBytes = 0;

  constructor(account: ClientBytes, client: Client) {
    this.#account = account;
    this.client = client;
  }

  /** What it holds now. */
  get heldBytes(): number {
    return this.client.heldBytes() + this.#bodyBytes;
  }

  hasRoom(bytes: number): boolean {
    return this.#account.hasRoom(bytes);
  }

  /** Counts `bytes` of bodies in, or out where they are less than 0. */
  addBody(bytes: number): void {
    this.#bodyBytes += bytes;
    this.changed();
  }

  /** To be called when the connection may hold more or less than before. */
  changed(): void {
    this.#account.changed(this);
  }
}
