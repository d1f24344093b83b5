/** What instances share: a store of buckets and leases, and of who is there. */
import type { Exchange, Outcome } from './exchange.ts';

export interface Store {
  /**
   * Resolves with what the store did; rejects where that cannot be known. Exchanges begun in one
   * turn of the event loop travel together. Never sent twice. May never settle: whoever waits has
   * a timer of his own.
   */
  exchange(exchange: Exchange): Promise<Outcome>;
  /** Tells the store that this instance is there; resolves with how many are. */
  beat(): Promise<number>;
  /** Gives up the connection, and all that waits for answers with it, and makes a new one. */
  reconnect(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}
