/** What one connection has said of itself, and whether it goes on. */
import type { Version } from '../wire/reply-writer.ts';
import type { Execution, Transaction } from './transaction.ts';

export class Session {
  readonly id: number;
  /** The client's network address. */
  readonly address: string;
  version: Version = 2;
  name = '';
  /** Whether it has shown the admin token. */
  isAdmin = false;
  /** Whether it has sent a whole command. */
  hasAsked = false;
  /** Whether the token that it has shown is being looked at: what follows depends on it. */
  isWaiting = false;
  /** Whether it ends with the replies that were written. */
  isOver = false;
  /** What it has said since MULTI. */
  transaction: Transaction | null = null;
  /** What EXEC has begun and is not done with: until then its frame is the next one. */
  execution: Execution | null = null;

  constructor(id: number, address: string) {
    this.id = id;
    this.address = address;
  }

  /** As if it had said nothing yet. */
  reset(): void {
    this.version = 2;
    this.name = '';
    this.isAdmin = false;
    this.transaction = null;
  }
}
