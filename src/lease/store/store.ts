/** What instances share: a store of buckets and leases, and of who is there. */
import type { Exchange, Result } from '../terms/exchange.ts';

export interface Store {
  /**
   * Resolves with what the store did with each, in their order; rejects where that cannot be known.
   * All go in one call, and calls begun in one turn of the event loop in one write. Never sent
   * twice. May never settle: whoever waits has a timer of his own. REQUIRES: all keys are of one
   * slot, and all exchanges about windows, or none.
   */
  exchange(exchanges: readonly Exchange[]): Promise<readonly Result[]>;
  /** Keys of one slot can be in one call. */
  slotOf(key: string): number;
  /**
   * Tells the store that this instance is there, and has it do what decisions need. Resolves with
   * how many instances there are, 0 where a part of it is away and nobody can count them; rejects
   * where the store can do for no key what is needed.
   */
  beat(): Promise<number>;
  /** Gives up the connection, and all that waits for answers with it, and makes a new one. */
  reconnect(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}
