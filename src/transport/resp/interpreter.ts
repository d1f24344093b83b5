/**
 * From the bytes of a connection to the replies: finds the commands and obeys them.
 *
 * Knows no sockets and no clock, and waits for nothing: a reply that comes late keeps its place.
 * One a thread: between two calls it holds nothing but replies that were not taken yet. What a
 * connection has said is in its Session.
 */
import type { Limiter } from '../../limiter/limiter.ts';
import type { Cells } from '../../metrics/cells.ts';
import type { AdminToken } from '../admin-token.ts';
import { type Command, type CommandParts, fits, refuseCount } from './command.ts';
import { ConnectionCommands } from './connection-commands.ts';
import { BROKEN, COMMAND, FrameReader, HALF } from './frame-reader.ts';
import { ReplyWriter, shortened } from './reply-writer.ts';
import { ServerCommands } from './server-commands.ts';
import type { Session } from './session.ts';
import { ThrottleCommands } from './throttle-commands.ts';

export interface InterpreterParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly adminToken: AdminToken;
  readonly serviceVersion: string;
}

/** Replies of so many bytes are sent before more commands are obeyed. */
export const MOST_REPLY_BYTES = 131_072;

/** Of an unknown command, so many arguments are shown. */
const MOST_SHOWN = 3;

export class Interpreter {
  readonly replies: ReplyWriter;
  readonly #args = new FrameReader();
  readonly #parts: CommandParts;
  readonly #throttle: ThrottleCommands;
  readonly #commands = new Map<string, Command>();

  constructor(parts: InterpreterParts) {
    this.replies = new ReplyWriter(parts.cells);
    this.#parts = { ...parts, args: this.#args, replies: this.replies };
    this.#throttle = new ThrottleCommands(this.#parts);
    const groups = [
      this.#throttle,
      new ServerCommands(this.#parts, this.#commands),
      new ConnectionCommands(this.#parts),
    ];
    for (const { commands } of groups) {
      for (const command of commands) this.#commands.set(command.name, command);
    }
  }

  /** Decisions so far, those that are still to come among them. */
  get decisions(): number {
    return this.#throttle.decisions;
  }

  /**
   * Obeys the commands in `bytes` from `from` on, all at one time, until nothing or half a frame is
   * left, the session is over, or the replies have become many. Returns where the rest begins.
   */
  run(session: Session, bytes: Buffer, from: number, nowUs: number): number {
    let at = from;
    while (at < bytes.length && !session.isOver && this.replies.length < MOST_REPLY_BYTES) {
      const found = this.#args.read(bytes, at);
      if (found === HALF) break;
      if (found === BROKEN) {
        session.isOver = true;
        this.replies.refuse('malformed_resp', `ERR Protocol error: ${this.#args.fault}`);
        break;
      }
      at = this.#args.next;
      if (found === COMMAND) {
        session.hasAsked = true;
        this.#obey(session, nowUs);
      }
    }
    return at;
  }

  #obey(session: Session, nowUs: number): void {
    const args = this.#args;
    // The two that decide are not looked up, and count their arguments themselves.
    if (args.isWord(0, 'CL.THROTTLE')) this.#throttle.clThrottle(nowUs);
    else if (args.isWord(0, 'THROTTLE')) this.#throttle.throttle(nowUs);
    else this.#lookUp(session, nowUs);
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
