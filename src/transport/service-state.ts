/**
 * What all threads know of the service: its phase, how many listeners accept, how many connections
 * are open, and whether some were sent away.
 *
 * Thread safety: all by Atomics. The supervisor alone moves the phase, and only forwards.
 */

import { TRANSPORTS } from '../metrics/cells.ts';

export const PHASES = ['starting', 'serving', 'draining', 'closing'] as const;
export type Phase = (typeof PHASES)[number];

const PHASE = 0;
const CONNECTIONS = 1;
const LISTENERS = 2;
/** 1 while connections are sent away. */
const CROWDED = 3;
/** Connections sent away so far; it wraps. */
const REFUSED = 4;
/** A word for each protocol: its part of CONNECTIONS. */
const OF_PROTOCOL = 5;
const WORDS = OF_PROTOCOL + TRANSPORTS.length;

/** Part of all connections that one protocol leaves to the other. */
const KEPT_PART = 0.1;

export class ServiceState {
  readonly #words: Int32Array;
  readonly #maxConnections: number;
  readonly #mostOfProtocol: number;

  /** `protocols`: how many are served; where it is more than one, each leaves some to the other. */
  constructor(memory: SharedArrayBuffer, maxConnections: number, protocols = 1) {
    this.#words = new Int32Array(memory);
    this.#maxConnections = maxConnections;
    const kept = protocols > 1 ? Math.ceil(maxConnections * KEPT_PART) : 0;
    this.#mostOfProtocol = Math.max(1, maxConnections - kept);
  }

  static reserve(): SharedArrayBuffer {
    return new SharedArrayBuffer(WORDS * 4);
  }

  get phase(): Phase {
    return PHASES[Atomics.load(this.#words, PHASE)] as Phase;
  }

  set phase(phase: Phase) {
    Atomics.store(this.#words, PHASE, PHASES.indexOf(phase));
  }

  /**
   * Whether connections should end with the answer that is being given: once nobody listens, and
   * not before, or clients would come back over new connections. What a listener that closes has
   * not accepted is reset, and whoever sent a question over it does not know what became of it.
   */
  get isEnding(): boolean {
    return this.phase === 'closing' && Atomics.load(this.#words, LISTENERS) === 0;
  }

  /** Counts a listener in. */
  listens(): void {
    Atomics.add(this.#words, LISTENERS, 1);
  }

  /** Counts a listener out that listens() counted in. */
  listensNoMore(): void {
    Atomics.sub(this.#words, LISTENERS, 1);
  }

  /** Counts a connection in, unless there are too many already. `protocol`: HTTP or RESP. */
  open(protocol: number): boolean {
    const isRoom = Atomics.add(this.#words, CONNECTIONS, 1) < this.#maxConnections;
    const ofProtocol = Atomics.add(this.#words, OF_PROTOCOL + protocol, 1);
    if (isRoom && ofProtocol < this.#mostOfProtocol) return true;
    this.close(protocol);
    return false;
  }

  /** Counts a connection out that open() counted in. */
  close(protocol: number): void {
    Atomics.sub(this.#words, OF_PROTOCOL + protocol, 1);
    Atomics.sub(this.#words, CONNECTIONS, 1);
  }

  /** Counts a connection that is sent away. Whether it is the first one: its caller says so. */
  refuse(): boolean {
    Atomics.add(this.#words, REFUSED, 1);
    return Atomics.compareExchange(this.#words, CROWDED, 0, 1) === 0;
  }

  /** Connections sent away so far, modulo 2^32. */
  get refused(): number {
    return Atomics.load(this.#words, REFUSED);
  }

  /** No connection has been sent away for a while: the next one is a first again. */
  crowdIsGone(): void {
    Atomics.store(this.#words, CROWDED, 0);
  }
}
