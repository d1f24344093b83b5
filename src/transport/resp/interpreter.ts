/**
 * From the bytes of a connection to the replies: finds the commands and obeys them.
 *
 * Knows no sockets and no clock, and waits for nothing: a reply that comes late keeps its place.
 * What it is given it obeys in pieces, and asks between two whether there is time for another.
 * One a thread: between two calls it holds nothing but replies that were not taken yet. What a
 * connection has said is in its Session.
 */
import { NOTHING, OPEN } from '../../access/grant.ts';
import { assert } from '../../lib/assert.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { type Cells, RESP } from '../../metrics/cells.ts';
import type { PolicyParts } from '../../policies/asking.ts';
import type { TokenGuard } from '../access/token-guard.ts';
import { type Command, type CommandParts, fits, refuseCount } from './commands/command.ts';
import { ConnectionCommands } from './commands/connection-commands.ts';
import { PolicyCommands } from './commands/policy-commands.ts';
import { ServerCommands } from './commands/server-commands.ts';
import type { Session } from './commands/session.ts';
import { ThrottleCommands } from './commands/throttle-commands.ts';
import { MOST_QUEUED, MOST_QUEUED_BYTES, type Transaction } from './commands/transaction.ts';
import { TransactionCommands } from './commands/transaction-commands.ts';
import { BROKEN, COMMAND, FrameReader, HALF } from './wire/frame-reader.ts';
import { ReplyWriter, shortened } from './wire/reply-writer.ts';

export interface InterpreterParts {
  readonly limiter: Limiter;
  readonly policies: PolicyParts;
  readonly cells: Cells;
  readonly tokenGuard: TokenGuard;
  readonly serviceVersion: string;
  /** Whether there is time for more than a piece. */
  readonly hasTime: () => boolean;
}

/** Replies of this many bytes are sent before more commands are obeyed. */
export const MOST_REPLY_BYTES = 131_072;

/** A piece: commands, or bytes of them and of their replies, whichever comes first. */
const PIECE_COMMANDS = 16;
const PIECE_BYTES = 4_096;

/** How many arguments of an unknown command are shown. */
const MOST_SHOWN = 3;
/** In Redis' words, which clients know. */
const NEEDS_TOKEN = 'NOAUTH Authentication required.';

export class Interpreter {
  readonly replies: ReplyWriter;
  /** Whether run() returned before it had obeyed all it could. */
  hasMore = false;
  /** Commands of the piece so far, their bytes, and how long the replies were at its begin. */
  readonly #piece = { commands: 0, bytes: 0, replies: 0 };
  readonly #hasTime: () => boolean;
  readonly #args = new FrameReader();
  readonly #parts: CommandParts;
  readonly #throttle: ThrottleCommands;
  readonly #byPolicy: PolicyCommands;
  readonly #commands = new Map<string, Command>();

  constructor(parts: InterpreterParts) {
    this.replies = new ReplyWriter(parts.cells);
    this.#hasTime = parts.hasTime;
    this.#parts = { ...parts, args: this.#args, replies: this.replies };
    this.#throttle = new ThrottleCommands(this.#parts);
    this.#byPolicy = new PolicyCommands(this.#parts);
    const groups = [
      this.#throttle,
      this.#byPolicy,
      new ServerCommands(this.#parts, this.#commands),
      new ConnectionCommands(this.#parts),
      new TransactionCommands(this.#parts),
    ];
    for (const { commands } of groups) {
      for (const command of commands) this.#commands.set(command.name, command);
    }
  }

  /** Decisions so far, those that are still to come among them. */
  get decisions(): number {
    return this.#throttle.decisions + this.#byPolicy.decisions;
  }

  /**
   * Obeys the commands in `bytes` from `from` on, all at one time, until nothing or half a frame is
   * left, the session is over or waits, the replies have become many, or there is no time for more
   * than was done. Returns where the rest begins. An EXEC with more to do than that is part of the
   * rest, and goes on where it was.
   */
  run(session: Session, bytes: Buffer, from: number, nowUs: number): number {
    const args = this.#args;
    let at = from;
    args.forget();
    this.hasMore = false;
    this.#beginPiece();
    while (at < bytes.length && this.#mayGoOn(session)) {
      const found = args.read(bytes, at);
      if (found === HALF) break;
      if (found === BROKEN) {
        session.isOver = true;
        this.replies.refuse('malformed_resp', `ERR Protocol error: ${args.fault}`);
        break;
      }
      const { next } = args;
      if (found === COMMAND) {
        session.hasAsked = true;
        const isLetIn = session.execution !== null || this.#isLetIn(session);
        if (!isLetIn) this.#refuseStranger(session);
        else if (session.transaction !== null)
          this.#transact(session, bytes.subarray(at, next), nowUs);
        else if (session.execution === null) this.#obey(session, nowUs);
        if (session.execution !== null && !this.#execute(session, nowUs)) break;
        this.#piece.commands++;
      }
      this.#piece.bytes += next - at;
      at = next;
    }
    return at;
  }

  #beginPiece(): void {
    this.#piece.commands = 0;
    this.#piece.bytes = 0;
    this.#piece.replies = this.replies.length;
  }

  #mayGoOn(session: Session): boolean {
    if (session.isOver || session.isWaiting) return false;
    const { commands, bytes, replies } = this.#piece;
    const { length } = this.replies;
    const isPiece = commands >= PIECE_COMMANDS || bytes + length - replies >= PIECE_BYTES;
    this.hasMore = length >= MOST_REPLY_BYTES || (isPiece && !this.#hasTime());
    if (isPiece && !this.hasMore) this.#beginPiece();
    return !this.hasMore;
  }

  /** Goes on with what EXEC has begun. False where there is more to do. */
  #execute(session: Session, nowUs: number): boolean {
    const { execution } = session;
    assert(execution !== null, 'a transaction is being executed');
    const { frames } = execution;
    while (execution.at < frames.length) {
      if (!this.#mayGoOn(session)) return false;
      const found = this.#args.read(frames, execution.at);
      assert(found === COMMAND, 'a command that was kept is whole');
      this.#piece.commands++;
      this.#piece.bytes += this.#args.next - execution.at;
      execution.at = this.#args.next;
      if (this.#isLetIn(session)) this.#obey(session, nowUs);
      else this.#refuseStranger(session);
    }
    session.execution = null;
    return true;
  }

  /**
   * Finds what the connection may do now: other tokens may be in force than at its last command.
   * Whether it may have the command that was found.
   */
  #isLetIn(session: Session): boolean {
    const { pass } = session;
    session.grant = pass?.grant ?? (this.#parts.tokenGuard.book.isOpen ? OPEN : NOTHING);
    if (session.grant !== NOTHING) return true;
    return this.#commands.get(this.#args.latin1(0).toLowerCase())?.needsNoToken === true;
  }

  #refuseStranger({ transaction }: Session): void {
    this.#parts.cells.refuseAccess(RESP, 'no_token');
    this.replies.refuse('unauthorized', NEEDS_TOKEN);
    transaction?.break();
  }

  #obey(session: Session, nowUs: number): void {
    const args = this.#args;
    // The two that decide are not looked up, and count their arguments themselves.
    if (args.isWord(0, 'CL.THROTTLE')) this.#throttle.clThrottle(session.grant, nowUs);
    else if (args.isWord(0, 'THROTTLE')) this.#throttle.throttle(session.grant, nowUs);
    else this.#lookUp(session, nowUs);
  }

  /** Keeps a command until EXEC, unless it is one of those that cannot wait. */
  #transact(session: Session, frame: Buffer, nowUs: number): void {
    const name = this.#args.latin1(0).toLowerCase();
    const command = this.#commands.get(name);
    const { transaction } = session;
    assert(transaction !== null, 'a transaction has begun');
    if (command === undefined || !fits(command.arity, this.#args.count)) {
      this.#lookUp(session, nowUs);
      transaction.break();
    } else if (command.inTransaction === 'at once') {
      command.run(session, nowUs);
    } else if (command.inTransaction === 'refused') {
      this.replies.refuse('bad_field', `ERR ${name.toUpperCase()} inside MULTI is not allowed`);
      transaction.break();
    } else {
      this.#queue(transaction, frame);
    }
  }

  /** What comes after a refused command is answered alike, as by a Redis, but is not kept. */
  #queue(transaction: Transaction, frame: Buffer): void {
    if (transaction.isBroken || transaction.add(frame)) {
      this.replies.simple('QUEUED');
      return;
    }
    transaction.break();
    const most = `at most ${MOST_QUEUED} commands and ${MOST_QUEUED_BYTES} bytes`;
    this.replies.refuse('bad_field', `ERR a transaction must have ${most}, has more`);
  }

  #lookUp(session: Session, nowUs: number): void {
    const name = this.#args.latin1(0).toLowerCase();
    const command = this.#commands.get(name);
    if (command === undefined) this.#refuseUnknown();
    else if (fits(command.arity, this.#args.count)) command.run(session, nowUs);
    else refuseCount(this.#parts, name);
  }

  #refuseUnknown(): void {
    const args = this.#args;
    let words = `ERR unknown command '${shortened(args.latin1(0))}', with args beginning with: `;
    for (let i = 1; i < args.count && i <= MOST_SHOWN; i++) {
      words += `'${shortened(args.latin1(i))}' `;
    }
    this.replies.refuse('unknown_command', words);
  }
}
