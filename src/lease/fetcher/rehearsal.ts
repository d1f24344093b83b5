/**
 * A run-through of what new keys take, before anybody asks: code that has not run yet is slow, and
 * the first large batch after a start would be late for that alone.
 *
 * Used by the exchanger's thread, between finding the store and saying so. All but the store is
 * made for it and thrown away: table, metrics, what is known of keys. It only looks at what is not
 * there, by names that are no client's, so it leaves nothing behind.
 */
import { type Limit, limitOf } from '../../bucket/limit.ts';
import { UNITS_US } from '../../contract/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Timers } from '../../lib/timers.ts';
import { Cells } from '../../metrics/cells.ts';
import { type Engine, reserveTable } from '../../table/table-memory.ts';
import type { FromExchanger, ToExchanger } from '../ask-messages.ts';
import { LeaseTable } from '../lease-table.ts';
import { packAnswers, packAsks, unpackAnswers, unpackAsks } from '../packed.ts';
import type { SharingSettings } from '../settings.ts';
import { StoreStatus } from '../store-status.ts';
import { isUnanswered } from '../unanswered.ts';
import { Exchanger, type ExchangerParts } from './exchanger.ts';

export interface RehearsalParts {
  readonly settings: SharingSettings;
  readonly engine: Engine['kind'];
  /** Has only keys that no client can name. */
  readonly store: ExchangerParts['store'];
  readonly calendar: ExchangerParts['calendar'];
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Keys of each batch: the last are as large as a client's may be. */
const BATCHES = [...Array.from({ length: 10 }, () => 100), 1_000, 1_000];
const KEYS = BATCHES.reduce((sum, keys) => sum + keys, 0);
/** A start is put off for so long at most, however slow a machine or a store is. */
export const MOST_REHEARSAL_MS = 400;
/** So small that nothing of it is ever leased. */
const LIMIT = limitOf({ capacity: 1, count: 1, periodUs: UNITS_US.h }) as Limit;

/** Resolves when all was looked at, when the store did not answer, or when it has had its time. */
export async function rehearse(parts: RehearsalParts): Promise<void> {
  const { promise: hadItsTime, resolve } = Promise.withResolvers<void>();
  const callOff = parts.timers.after(MOST_REHEARSAL_MS, resolve);
  await Promise.race([askAll(parts), hadItsTime]);
  callOff();
}

async function askAll(parts: RehearsalParts): Promise<void> {
  const { clock, settings } = parts;
  const endUs = clock() + MOST_REHEARSAL_MS * 1_000;
  const exchanger = exchangerOf({
    ...parts,
    // Late is nobody: a run that is slow is what this is for.
    settings: {
      ...settings,
      storeTimeoutMs: MOST_REHEARSAL_MS,
      decideWithinMs: 2 * MOST_REHEARSAL_MS,
    },
  });
  let first = 0;
  for (const keys of BATCHES) {
    if (clock() >= endUs) return;
    const answers = await askBatch(exchanger, { first, keys }, clock());
    first += keys;
    if (answers.some((one) => one.kind === 'decided' && isUnanswered(one.decision))) return;
  }
}

function exchangerOf({
  settings,
  engine,
  store,
  calendar,
  clock,
  timers,
}: RehearsalParts): Exchanger {
  const cells = new Cells(Cells.reserve(1), 0);
  const table = reserveTable(KEYS, { holds: 'leases', engine });
  const status = new StoreStatus(StoreStatus.reserve(1, clock()));
  status.comeBack();
  const leases = new LeaseTable(table, cells);
  const nothing = () => undefined;
  const told = { answered: nothing, silent: nothing };
  return new Exchanger({
    settings,
    leases,
    store,
    status,
    calendar,
    cells,
    clock,
    timers,
    ...told,
  });
}

/** Resolves with all answers, as a decider would get them. */
function askBatch(
  exchanger: Exchanger,
  { first, keys }: { readonly first: number; readonly keys: number },
  askedUs: number,
): Promise<readonly FromExchanger[]> {
  const asks: ToExchanger[] = [];
  for (let id = first; id < first + keys; id++) {
    const about = { id, key: `${id}`, limit: LIMIT, cost: 0 };
    const plainly = { strict: false, holds: false, overdraft: false };
    asks.push({ kind: 'ask', ...about, ...plainly, askedUs });
  }
  const { promise, resolve } = Promise.withResolvers<readonly FromExchanger[]>();
  const answers: FromExchanger[] = [];
  for (const ask of unpackAsks(packAsks(asks))) {
    if (ask.kind !== 'ask') continue;
    exchanger.ask({
      ...ask,
      answer: (decision, seq) => {
        answers.push({ kind: 'decided', id: ask.id, decision, seq });
        if (answers.length === asks.length) resolve(unpackAnswers(packAnswers(answers)));
      },
      isOver: false,
    });
  }
  return promise;
}
