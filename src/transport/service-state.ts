/**
 * What all threads know of the service: its phase, how many listeners accept, and how many
 * connections are open.
 *
 * Thread safety: all by Atomics. The supervisor alone moves the phase, and only forwards.
 */

export const PHASES = ['starting', 'serving', 'draining', 'closing'] as const;
export type Phase = (typeof PHASES)[number];

const PHASE = 0;
const CONNECTIONS = 1;
const LISTENERS = 2;
const WORDS = 3;

export class ServiceState {
  readonly #words: Int32Array;
  readonly #maxConnections: number;

  constructor(memory: SharedArrayBuffer, maxConnections: number) {
    this.#words = new Int32Array(memory);
    this.#maxConnections = maxConnections;
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

  /** Counts a connection in, unless there are too many already. */
  open(): boolean {
    if (Atomics.add(this.#words, CONNECTIONS, 1) < this.#maxConnections) return true;
    this.close();
    return false;
  }

  /** Counts a connection out that open() counted in. */
  close(): void {
    Atomics.sub(this.#words, CONNECTIONS, 1);
  }
}
