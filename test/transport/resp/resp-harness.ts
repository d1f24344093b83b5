/** The Redis protocol without sockets: a session on a table whose clock the test sets. */
import { BAD_REQUEST_REASONS } from '../../../src/contract/reasons.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { BAD_REQUESTS, Cells, DURATION, sumCells } from '../../../src/metrics/cells.ts';
import type { TokenGuard } from '../../../src/transport/access/token-guard.ts';
import { Session } from '../../../src/transport/resp/commands/session.ts';
import { Interpreter } from '../../../src/transport/resp/interpreter.ts';
import { type PolicyScene, policiesOver } from '../../policies/policy-scene.ts';
import { words } from '../../support/resp-frames.ts';
import { SECOND, TestTable } from '../../table/tables.ts';
import { forgetfulGuard } from '../access/token-guards.ts';
import { LateLimiter } from './resp-late.ts';

export const TOKEN = 'open sesame';

export interface HarnessOptions {
  readonly maxKeys?: number;
  readonly token?: string;
  readonly isLate?: (key: string) => boolean;
  /** YAML. */
  readonly policies?: string;
  /** Left out: one that never lets anybody wait. */
  readonly guard?: (cells: Cells) => TokenGuard;
}

export class RespHarness {
  readonly table: TestTable;
  readonly limiter: LocalLimiter;
  readonly policies: PolicyScene;
  /** Where answers that come late wait to be given. */
  readonly late: LateLimiter;
  readonly interpreter: Interpreter;
  readonly cells: Cells;
  /** Whether there is time for more than a piece. */
  hasTime = true;
  readonly #memory = Cells.reserve(1);

  /** `isLate`: whether what is asked about a key is answered late; left out, nothing is. */
  constructor({ maxKeys = 100, token = TOKEN, isLate, guard, policies }: HarnessOptions = {}) {
    this.table = new TestTable(maxKeys);
    this.cells = new Cells(this.#memory, 0);
    this.limiter = new LocalLimiter(this.table.memory, this.cells);
    this.late = new LateLimiter(this.limiter, isLate);
    const asked = isLate === undefined ? this.limiter : this.late;
    this.policies = policiesOver(asked, policies);
    this.interpreter = new Interpreter({
      limiter: asked,
      policies: this.policies,
      cells: this.cells,
      tokenGuard: guard?.(this.cells) ?? forgetfulGuard(token, this.cells),
      serviceVersion: '1.2.3',
      hasTime: () => this.hasTime,
    });
  }

  pass(seconds: number): void {
    this.table.nowUs += Math.round(seconds * SECOND);
  }

  /** The reply to one command, of words with spaces between. */
  ask(text: string): string {
    return new Dialogue(this).send(words(text));
  }

  /** The numbers of an answer to a command that decides. */
  decide(text: string): readonly number[] {
    return numbersIn(this.ask(text));
  }

  counted(cell: number): number {
    return sumCells(this.#memory)[cell] as number;
  }

  /** How many durations were measured. */
  measured(): number {
    let count = 0;
    for (let i = 0; i <= DURATION.bounds.length; i++) count += this.counted(DURATION.buckets + i);
    return count;
  }

  /** How many requests were refused, by the reasons there were. */
  refused(): Record<string, number> {
    const found = BAD_REQUEST_REASONS.map((reason, i) => [reason, this.counted(BAD_REQUESTS + i)]);
    return Object.fromEntries(found.filter(([, count]) => count !== 0));
  }
}

/** One connection's bytes, as a Connection would hand them on. Nothing may come late. */
export class Dialogue {
  readonly session: Session = new Session(7, '192.0.2.1');
  readonly #harness: RespHarness;
  #left = Buffer.alloc(0);

  constructor(harness: RespHarness) {
    this.#harness = harness;
  }

  /** Bytes that wait for more. */
  get left(): number {
    return this.#left.length;
  }

  /** What is replied to these bytes, a character a byte. */
  send(bytes: string | Uint8Array): string {
    const { interpreter, table } = this.#harness;
    const all = Buffer.concat([this.#left, Buffer.from(bytes as string, 'latin1')]);
    let at = 0;
    let reply = '';
    for (;;) {
      const next = interpreter.run(this.session, all, at, table.nowUs);
      const taken = interpreter.replies.take();
      if (taken instanceof Promise) throw new Error('a reply comes late');
      reply += taken;
      // An EXEC that is not done stays where it is.
      if ((next === at && taken === '') || this.session.isOver) break;
      at = next;
    }
    this.#left = this.session.isOver ? Buffer.alloc(0) : all.subarray(at);
    return reply;
  }
}

/** Fails unless the reply is an array of five integers. */
export function numbersIn(reply: string): readonly number[] {
  const found = /^\*5\r\n:(-?\d+)\r\n:(-?\d+)\r\n:(-?\d+)\r\n:(-?\d+)\r\n:(-?\d+)\r\n$/.exec(reply);
  if (found === null) throw new Error(`Not a decision: ${JSON.stringify(reply)}`);
  return found.slice(1).map(Number);
}
