/** What one connection has said of itself, and whether it goes on. */
import { type Grant, NOTHING } from '../../../access/grant.ts';
import type { Pass } from '../../../access/token-book.ts';
import type { Version } from '../wire/reply-writer.ts';
import type { Execution, Transaction } from './transaction.ts';

export class Session {
  readonly id: number;
  /** The client's network address. */
  readonly address: string;
  version: Version = 2;
  name = '';
  /** What the last right token that it has shown lets it do; null where it has shown none. */
  pass: Pass | null = null;
  /** What it may do now: found anew for each command. */
  grant: Grant = NOTHING;
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
    this.pass = null;
    this.transaction = null;
  }
}
