/** Questions of operators about a table of the test's own, with policies and rules of a text. */

import type { KeyAct } from '../../../src/admin/keys/acts.ts';
import { KeyAnswers } from '../../../src/admin/keys/key-answers.ts';
import type { KeyName } from '../../../src/admin/keys/key-name.ts';
import type { KeyAnswer } from '../../../src/admin/keys/key-questions.ts';
import { EnvoyBook } from '../../../src/envoy/envoy-book.ts';
import { piecesOfDomains } from '../../../src/envoy/envoy-pieces.ts';
import { RulesReceiver } from '../../../src/envoy/rules-receiver.ts';
import type { Limiter } from '../../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { ACTS_OF_OPERATORS, ADMIN_ACTS, Cells, rowOfCells } from '../../../src/metrics/cells.ts';
import { PolicyCounts } from '../../../src/metrics/policy-cells.ts';
import { PolicyAsker } from '../../../src/policies/asking.ts';
import { loadRules } from '../../../src/policies/file/load.ts';
import { OpenWindows } from '../../../src/policies/open-windows.ts';
import { Placement } from '../../../src/policies/placement.ts';
import { PolicyBook } from '../../../src/policies/policy-book.ts';
import { piecesOf } from '../../../src/policies/policy-pieces.ts';
import type { Engine } from '../../../src/table/table-memory.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { TestTable } from '../../table/tables.ts';

const WALL_US = 1_700_000_000_000_000;

export class KeyScene {
  readonly table: TestTable;
  readonly books = { policies: new PolicyBook(), envoy: new EnvoyBook() };
  readonly logged: unknown[][] = [];
  readonly limiter: Limiter;
  readonly asker: PolicyAsker;
  readonly windows = new OpenWindows(OpenWindows.reserve());
  readonly counts = PolicyCounts.reserve(1);
  readonly answers: KeyAnswers;
  readonly #cells = Cells.reserve(1);
  readonly #receiver: RulesReceiver;

  constructor(engine: Engine['kind'] = 'tree', maxKeys = 100) {
    this.table = new TestTable(maxKeys, 1, engine);
    const { memory } = this.table;
    const cells = new Cells(this.#cells, 0);
    const clock = () => this.table.nowUs;
    this.limiter = new LocalLimiter(memory, cells);
    this.asker = new PolicyAsker({
      limiter: this.limiter,
      counts: new PolicyCounts(this.counts, 0),
    });
    this.#receiver = new RulesReceiver({
      book: this.books.policies,
      envoyBook: this.books.envoy,
      windows: this.windows,
      wall: () => WALL_US + this.table.nowUs,
    });
    const reader = new RequestReader({ policies: this.books.policies });
    this.answers = new KeyAnswers({
      table: memory,
      clock,
      turn: () => Promise.resolve(),
      held: () => undefined,
      books: this.books,
      limiter: this.limiter,
      isSharing: false,
      counts: this.counts,
      read: (body) => reader.readBytes(Buffer.from(body)),
      cells,
      log: { info: (...words: unknown[]) => this.logged.push(words) },
    });
  }

  /** Puts what these files say in force. */
  load(files: Readonly<Record<string, string>>): void {
    const read = Object.entries(files).map(([file, text]) => ({ file, text }));
    const loading = loadRules({ ok: true, files: read }, new Placement(), 'fixed_window');
    if (!loading.ok) throw new Error(JSON.stringify(loading.faults));
    this.#receiver.receive({ kind: 'begin' });
    for (const piece of piecesOf(loading.placed)) this.#receiver.receive(piece);
    for (const piece of piecesOfDomains(loading.domains)) this.#receiver.receive(piece);
    this.#receiver.receive({ kind: 'commit' });
  }

  /** Asks by a policy, and says whether it was allowed. */
  ask(policy: string, key: string, cost = 1): boolean {
    const live = this.books.policies.find(policy);
    if (live === undefined) throw new Error(`there is no policy ${policy}`);
    const question = { policy: live, key, cost, overdraft: false };
    const decision = this.asker.ask(question, this.table.nowUs);
    if (decision instanceof Promise) throw new Error('nothing is shared here');
    return decision.allowed;
  }

  async explain(of: KeyName): Promise<Record<string, unknown>> {
    return toldOf(await this.answers.answer({ kind: 'explain', of }));
  }

  act(of: KeyName, act: KeyAct): Promise<KeyAnswer> {
    return this.answers.answer({ kind: 'act', of, act, from: '192.0.2.1' });
  }

  counted(act: (typeof ACTS_OF_OPERATORS)[number]): number {
    return rowOfCells(this.#cells, 0)[ADMIN_ACTS + ACTS_OF_OPERATORS.indexOf(act)] as number;
  }
}

export function toldOf(answer: KeyAnswer): Record<string, unknown> {
  if (answer.kind !== 'told') throw new Error(JSON.stringify(answer));
  return JSON.parse(answer.json) as Record<string, unknown>;
}
