/**
 * What deciders and the exchanger say to each other as it goes from thread to thread: a row of
 * numbers a message, and the keys beside it. Objects would be copied member by member, by name: for
 * a batch of new keys that took longer than to decide.
 *
 * Used at both ends of a decider's port.
 */
import type { Decision } from '../bucket/decision.ts';
import type { Window } from '../bucket/window.ts';
import { SOURCES, type StandIn } from '../contract/sources.ts';
import type { FromExchanger, StoreQuestion, ToExchanger } from './ask-messages.ts';
import { isKept, keptBy, type SharedLimit } from './terms/shared-limit.ts';

export interface PackedAsks {
  /** In the order of the rows. */
  readonly keys: readonly string[];
  readonly rows: Float64Array;
  /** Those that rows name by their places. */
  readonly windows: readonly Window[];
}

const ASK_KINDS = ['ask', 'due', 'owed', 'refund', 'reset'] as const;
/** Where the numbers of a message stand in its row. What it does not have is 0. */
const KIND = 0;
const ID = 1;
const SEQ = 2;
const COST = 3;
const FLAGS = 4;
const ASKED_US = 5;
const LIMIT = 6;
const ASK_ROW = 13;

const STRICT = 1;
const HOLDS = 2;
const OVERDRAFT = 4;

export function packAsks(messages: readonly ToExchanger[]): PackedAsks {
  const rows = new Float64Array(messages.length * ASK_ROW);
  const windows: Window[] = [];
  messages.forEach((message, i) => {
    const at = i * ASK_ROW;
    rows[at + KIND] = ASK_KINDS.indexOf(message.kind);
    switch (message.kind) {
      case 'ask':
        rows[at + ID] = message.id;
        rows[at + COST] = message.cost;
        rows[at + FLAGS] = flagsOf(message);
        rows[at + ASKED_US] = message.askedUs;
        packLimit(rows, at + LIMIT, message.limit, windows);
        break;
      case 'due':
      case 'owed':
        packLimit(rows, at + LIMIT, message.limit, windows);
        break;
      case 'refund':
        rows[at + COST] = message.cost;
        rows[at + SEQ] = message.seq;
        break;
      case 'reset':
        rows[at + ID] = message.id;
        break;
      default:
        message satisfies never;
    }
  });
  return { keys: messages.map(({ key }) => key), rows, windows };
}

/** Those under one limit, one after the other, share it. */
export function unpackAsks({ keys, rows, windows }: PackedAsks): readonly ToExchanger[] {
  let last: SharedLimit | null = null;
  return keys.map((key, i) => {
    const at = i * ASK_ROW;
    const number = (place: number) => rows[at + place] as number;
    const kind = ASK_KINDS[number(KIND)] as (typeof ASK_KINDS)[number];
    switch (kind) {
      case 'ask': {
        const limit = limitAt(rows, at + LIMIT, windows, last);
        last = limit;
        const flags = number(FLAGS);
        const [strict, holds] = [(flags & STRICT) !== 0, (flags & HOLDS) !== 0];
        const overdraft = (flags & OVERDRAFT) !== 0;
        const [id, cost, askedUs] = [number(ID), number(COST), number(ASKED_US)];
        return { kind, id, key, limit, cost, strict, holds, overdraft, askedUs };
      }
      case 'due':
      case 'owed':
        last = limitAt(rows, at + LIMIT, windows, last);
        return { kind, key, limit: last };
      case 'refund':
        return { kind, key, cost: number(COST), seq: number(SEQ) };
      case 'reset':
        return { kind, id: number(ID), key };
      default:
        return kind satisfies never;
    }
  });
}

function flagsOf({ strict, holds, overdraft }: StoreQuestion): number {
  return (strict ? STRICT : 0) + (holds ? HOLDS : 0) + (overdraft ? OVERDRAFT : 0);
}

function packLimit(rows: Float64Array, at: number, limit: SharedLimit, windows: Window[]): void {
  rows[at] = limit.capacity;
  rows[at + 1] = limit.count;
  rows[at + 2] = limit.period;
  rows[at + 3] = limit.tickUs;
  rows[at + 4] = limit.intervalUs;
  rows[at + 5] = Number(isKept(limit));
  rows[at + 6] = placeOf(limit.window, windows);
}

/** Where the window stands among those that are sent, from 1 on; 0 where there is none. */
function placeOf(window: Window | undefined, windows: Window[]): number {
  if (window === undefined) return 0;
  const place = windows.indexOf(window);
  return place < 0 ? windows.push(window) : place + 1;
}

/** The last limit, where it is the same. */
function limitAt(
  rows: Float64Array,
  at: number,
  windows: readonly Window[],
  last: SharedLimit | null,
): SharedLimit {
  const number = (place: number) => rows[at + place] as number;
  const isOfService = number(5) === 1;
  const window = windows[number(6) - 1];
  if (
    last !== null &&
    last.capacity === number(0) &&
    last.count === number(1) &&
    last.period === number(2) &&
    last.tickUs === number(3) &&
    last.intervalUs === number(4) &&
    isKept(last) === isOfService &&
    last.window === window
  ) {
    return last;
  }
  const limit = {
    capacity: number(0),
    count: number(1),
    period: number(2),
    tickUs: number(3),
    intervalUs: number(4),
  };
  return isOfService ? keptBy(limit, window ?? null) : limit;
}

const DECIDED = 0;
const UNANSWERED = 1;
const RESET = 2;
/**
 * What else stands in an answer's row: a decision, or since when there is none, or what a reset
 * found.
 */
const SOURCE = 3;
const ALLOWED = 4;
const REST = 5;
const ANSWER_ROW = 10;

export function packAnswers(messages: readonly FromExchanger[]): Float64Array {
  const rows = new Float64Array(messages.length * ANSWER_ROW);
  messages.forEach((message, i) => {
    const at = i * ANSWER_ROW;
    rows[at + ID] = message.id;
    if (message.kind === 'reset') {
      rows[at + KIND] = RESET;
      rows[at + REST] = message.existed === null ? -1 : Number(message.existed);
      return;
    }
    const { decision, seq } = message;
    rows[at + SEQ] = seq;
    if ('why' in decision) {
      rows[at + KIND] = UNANSWERED;
      rows[at + SOURCE] = SOURCES.indexOf(decision.why);
      rows[at + REST] = decision.sinceUs;
      return;
    }
    rows[at + KIND] = DECIDED;
    rows[at + SOURCE] = decision.source === undefined ? -1 : SOURCES.indexOf(decision.source);
    rows[at + ALLOWED] = Number(decision.allowed) + (decision.degraded ? 2 : 0);
    rows[at + REST] = decision.limit;
    rows[at + REST + 1] = decision.remaining;
    rows[at + REST + 2] = decision.retryAfterMs;
    rows[at + REST + 3] = decision.resetAfterMs;
    rows[at + REST + 4] = decision.nextTokenMs;
  });
  return rows;
}

export function unpackAnswers(rows: Float64Array): readonly FromExchanger[] {
  const messages: FromExchanger[] = [];
  for (let at = 0; at < rows.length; at += ANSWER_ROW) {
    const number = (place: number) => rows[at + place] as number;
    const [id, seq] = [number(ID), number(SEQ)];
    const source = SOURCES[number(SOURCE)];
    if (number(KIND) === RESET) {
      const existed = number(REST) < 0 ? null : number(REST) === 1;
      messages.push({ kind: 'reset', id, existed });
    } else if (number(KIND) === UNANSWERED) {
      const decision = { why: source as StandIn, sinceUs: number(REST) };
      messages.push({ kind: 'decided', id, decision, seq });
    } else {
      const decision: Decision = {
        allowed: (number(ALLOWED) & 1) === 1,
        limit: number(REST),
        remaining: number(REST + 1),
        retryAfterMs: number(REST + 2),
        resetAfterMs: number(REST + 3),
        nextTokenMs: number(REST + 4),
        degraded: number(ALLOWED) > 1,
        source,
      };
      messages.push({ kind: 'decided', id, decision, seq });
    }
  }
  return messages;
}
