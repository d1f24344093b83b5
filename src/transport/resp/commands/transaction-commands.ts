/**
 * MULTI and what belongs to it. The commands in between are executed in their order, and their
 * replies come in one array. Other connections may be served in between: each decision is whole by
 * itself, and there is nothing here that a client could read and then write.
 */
import type { Command, CommandParts } from './command.ts';
import type { Session } from './session.ts';
import { Transaction } from './transaction.ts';

export class TransactionCommands {
  readonly commands: readonly Command[] = [
    {
      name: 'multi',
      arity: 1,
      summary: 'Begins a transaction: what follows is executed at EXEC',
      inTransaction: 'at once',
      run: (session) => this.#multi(session),
    },
    {
      name: 'exec',
      arity: 1,
      summary: 'Executes the commands since MULTI, in their order',
      inTransaction: 'at once',
      run: (session) => this.#exec(session),
    },
    {
      name: 'discard',
      arity: 1,
      summary: 'Forgets the commands since MULTI',
      inTransaction: 'at once',
      run: (session) => this.#discard(session),
    },
    {
      name: 'watch',
      arity: -2,
      summary: 'Is refused: a bucket cannot be watched',
      inTransaction: 'at once',
      run: (session) => this.#watch(session),
    },
    {
      name: 'unwatch',
      arity: 1,
      summary: 'Answers OK: nothing is ever watched',
      run: () => this.#parts.replies.simple('OK'),
    },
  ];
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  #multi(session: Session): void {
    const { replies } = this.#parts;
    if (session.transaction !== null) {
      replies.refuse('bad_field', 'ERR MULTI calls can not be nested');
      return;
    }
    session.transaction = new Transaction();
    replies.simple('OK');
  }

  /** Begins its execution: the interpreter goes on from there. */
  #exec(session: Session): void {
    const { replies } = this.#parts;
    const { transaction } = session;
    if (transaction === null) {
      replies.refuse('bad_field', 'ERR EXEC without MULTI');
      return;
    }
    session.transaction = null;
    if (transaction.isBroken) {
      replies.fail('EXECABORT Transaction discarded because of previous errors.');
      return;
    }
    replies.array(transaction.count);
    session.execution = { frames: transaction.frames, at: 0 };
  }

  #discard(session: Session): void {
    const { replies } = this.#parts;
    if (session.transaction === null) {
      replies.refuse('bad_field', 'ERR DISCARD without MULTI');
      return;
    }
    session.transaction = null;
    replies.simple('OK');
  }

  /** To say OK would promise that EXEC does nothing once the key has changed. */
  #watch({ transaction }: Session): void {
    const { replies } = this.#parts;
    if (transaction === null) {
      replies.refuse('bad_field', 'ERR WATCH is not supported: a bucket cannot be watched');
    } else replies.refuse('bad_field', 'ERR WATCH inside MULTI is not allowed');
  }
}
