/** What every command is made of, and works with. */
import { MOST_KEY_BYTES } from '../../../contract/bounds.ts';
import type { Limiter } from '../../../limiter/limiter.ts';
import { type Cells, RESP } from '../../../metrics/cells.ts';
import type { PolicyParts } from '../../../policies/asking.ts';
import type { TokenGuard } from '../../access/token-guard.ts';
import type { BadQuestion } from '../../question/reading.ts';
import type { FrameReader } from '../wire/frame-reader.ts';
import { type ReplyWriter, shortened } from '../wire/reply-writer.ts';
import type { Session } from './session.ts';

export interface CommandParts {
  /** The command that is being obeyed, from its name on. */
  readonly args: FrameReader;
  readonly replies: ReplyWriter;
  readonly limiter: Limiter;
  readonly policies: PolicyParts;
  readonly cells: Cells;
  readonly tokenGuard: TokenGuard;
  /** The version of the service. */
  readonly serviceVersion: string;
}

export interface Command {
  /** In lower case. */
  readonly name: string;
  /** How many arguments, its name included. Below 0, as -2: two or more. */
  readonly arity: number;
  /** Which argument is the first key, from 1; left out where it has none. */
  readonly firstKey?: number;
  readonly summary: string;
  /** Whether it is for who has shown no token where one is needed, too. */
  readonly needsNoToken?: true;
  /** What it does between MULTI and EXEC. Left out: it is kept until EXEC. */
  readonly inTransaction?: 'at once' | 'refused';
  /** Writes one reply. REQUIRES: the number of arguments fits `arity`. */
  readonly run: (session: Session, nowUs: number) => void;
}

/** Says what a token does not let ask. */
export function forbid({ replies, cells }: CommandParts, { fault }: BadQuestion): void {
  cells.refuseAccess(RESP, 'forbidden');
  replies.refuse('forbidden', `NOPERM ${fault}`);
}

export function fits(arity: number, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}

export function refuseCount({ replies }: CommandParts, name: string): void {
  replies.refuse('bad_field', `ERR wrong number of arguments for '${name}' command`);
}

export function refuseSubcommand({ args, replies }: CommandParts, name: string): void {
  const words = `ERR unknown subcommand '${shortened(args.latin1(1))}' of ${name}`;
  replies.refuse('unknown_command', words);
}

/** REQUIRES: the argument is no key. */
export function faultOfKeyAt(args: FrameReader, place: number): string {
  const length = args.byteLength(place);
  const has = length >= 1 && length <= MOST_KEY_BYTES ? 'bytes that are not' : String(length);
  return `key must have 1 to ${MOST_KEY_BYTES} bytes of UTF-8, has ${has}`;
}
