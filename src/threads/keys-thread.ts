/**
 * The thread of the keys: looks into the table for operators. It locks shards, which deciders then
 * wait for; so unlike the thread of the admin port, which asks it, it has the priority of those,
 * and does nothing but what needs a lock.
 */
import { workerData } from 'node:worker_threads';
import { KeyAnswers } from '../admin/keys/key-answers.ts';
import type { AnsweredKeys, AskedKeys } from '../admin/keys/key-questions.ts';
import { Pace } from '../admin/keys/pace.ts';
import { EnvoyBook } from '../envoy/envoy-book.ts';
import { monotonicUs } from '../lib/clock.ts';
import { threadCpuUs } from '../lib/cpu-time.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells, KEYS_HOLD } from '../metrics/cells.ts';
import { OpenWindows } from '../policies/open-windows.ts';
import { PolicyBook } from '../policies/policy-book.ts';
import { RequestReader } from '../transport/question/request-reader.ts';
import { createLimiter } from './create-limiter.ts';
import { receiveRules } from './receive-rules.ts';
import type { KeysData } from './thread-messages.ts';
import { tellVitals } from './vitals.ts';

const data = workerData as KeysData;
const { table, asker, config } = data;
const cells = new Cells(data.cells, data.row);

const books = { policies: new PolicyBook(), envoy: new EnvoyBook() };
receiveRules(data.policyPieces, {
  book: books.policies,
  envoyBook: books.envoy,
  windows: new OpenWindows(data.policies.windows),
});

const pace = new Pace({ cpuUs: threadCpuUs, timers: systemTimers });
const reader = new RequestReader({ policies: books.policies });
const answers = new KeyAnswers({
  table,
  clock: monotonicUs,
  turn: () => pace.turn(),
  books,
  // What operators do is nothing that clients asked for: it is in no sketch.
  limiter: createLimiter({ ...data, sketches: null }, cells, null),
  isSharing: data.store !== null,
  counts: data.policies.counts,
  read: (body) => reader.readBytes(Buffer.from(body)),
  cells,
  log: createLog(config.logLevel),
  held: (heldUs) => cells.observe(KEYS_HOLD, heldUs / 1_000_000),
});

asker.on('message', ({ id, question }: AskedKeys) => {
  void answers.answer(question).then((answer) => {
    asker.postMessage({ id, answer } satisfies AnsweredKeys);
  });
});
tellVitals(cells, systemTimers);
