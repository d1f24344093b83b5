/**
 * ARGUS.TAKE: a question by policy. It is answered as CL.THROTTLE is, with the numbers of the limit
 * that decided and, sixth, its name.
 */
import type { Grant } from '../../../access/grant.ts';
import { checked } from '../../../bucket/decision.ts';
import { MOST_CAPACITY } from '../../../contract/bounds.ts';
import { wholeSeconds } from '../../../contract/fields.ts';
import { RESP } from '../../../metrics/cells.ts';
import type { PolicyDecision } from '../../../policies/asking.ts';
import { unknownPolicy } from '../../question/policy-reader.ts';
import { refusalOf } from '../../question/refusal.ts';
import { shortened } from '../wire/reply-writer.ts';
import { type Command, type CommandParts, faultOfKeyAt, forbid, refuseCount } from './command.ts';

/** Arguments by their places. */
const POLICY = 1;
const KEY = 2;
const COST = 3;
const MOST_ARGUMENTS = 4;

/** A wait where there is none or none helps, and a number that an override does not have. */
const NONE = -1;
const BY_OVERRIDE = 'override';
/** Of six: five numbers, and a name of at most 64 bytes. */
const MOST_REPLY_BYTES = 256;

export class PolicyCommands {
  readonly commands: readonly Command[] = [
    {
      name: 'argus.take',
      arity: -3,
      firstKey: 2,
      summary: 'Takes tokens under a policy that the service has: policy key [cost]',
      run: ({ grant }, nowUs) => this.take(grant, nowUs),
    },
  ];
  /** Decisions so far, those that are still to come among them. */
  decisions = 0;
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  take(grant: Grant, nowUs: number): void {
    const { args, replies, policies } = this.#parts;
    if (args.count > MOST_ARGUMENTS) {
      refuseCount(this.#parts, 'argus.take');
      return;
    }
    const name = args.latin1(POLICY);
    const policy = policies.book.find(name);
    if (policy === undefined) {
      replies.refuse('unknown_policy', `ERR ${unknownPolicy(shortened(name))}`);
      return;
    }
    const key = args.key(KEY);
    if (key === null) {
      replies.refuse('bad_field', `ERR ${faultOfKeyAt(args, KEY)}`);
      return;
    }
    const cost = args.count > COST ? args.integer(COST) : 1;
    if (!(cost >= -MOST_CAPACITY && cost <= MOST_CAPACITY)) {
      const wanted = `a whole number from ${-MOST_CAPACITY} to ${MOST_CAPACITY}`;
      replies.refuse('bad_field', `ERR cost must be ${wanted}, is ${shortened(args.latin1(COST))}`);
      return;
    }
    const question = { policy, key, cost, overdraft: false };
    const refusal = refusalOf(grant, question);
    if (refusal !== null) {
      forbid(this.#parts, refusal);
      return;
    }
    const decision = policies.asker.ask(question, nowUs);
    this.decisions++;
    if (decision instanceof Promise) {
      replies.later(decision, (late) => this.#answer(late), MOST_REPLY_BYTES);
    } else {
      this.#answer(decision);
    }
  }

  #answer({ allowed, by }: PolicyDecision): void {
    const { replies, cells } = this.#parts;
    cells.decided(RESP, allowed);
    const isLimited = allowed ? 0 : 1;
    if (by === null) {
      replies.six(isLimited, NONE, NONE, NONE, NONE, BY_OVERRIDE);
      return;
    }
    const { limit, remaining, retryAfterMs, resetAfterMs } = checked(by.decision);
    const retryS = allowed || by.isNever ? NONE : wholeSeconds(retryAfterMs);
    replies.six(isLimited, limit, remaining, retryS, wholeSeconds(resetAfterMs), by.limit.name);
  }
}
