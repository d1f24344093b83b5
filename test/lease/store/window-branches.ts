/** What an exchange about a window went through, as its answer and the hashes tell. */
import { isReply, type Reply, type WindowsAround } from '../../../src/lease/terms/exchange.ts';
import type { Call, Hash, Seen } from './exchange-script.ts';

interface Passage extends Call {
  readonly windows: WindowsAround;
  readonly reply: Reply;
  /** What was there: of a window its end, of a token bucket 0. */
  readonly form: string;
  readonly endUs: number;
  readonly used: number;
  readonly kind: number;
  /** Of the instance, and of all others: what they held and booked, and until when. */
  readonly own: Record | undefined;
  readonly others: readonly Record[];
}

interface Record {
  readonly seq: number;
  readonly held: number;
  readonly expiryUs: number;
  readonly booked: number;
}

const ELSEWHERE = 'the store is elsewhere';

const BRANCHES: Readonly<{ [name: string]: (passage: Passage) => boolean }> = {
  'a window is new': ({ reply }) => !reply.existed,
  'a window goes on': (passage) => isSame(passage) && passage.endUs > passage.nowUs,
  'a window is over': (passage) => isOver(passage) && passage.used > 0,
  'a window is over that others booked in': (passage) => {
    return isOver(passage) && passage.others.some(({ booked }) => booked !== 0);
  },
  'a lease of a window that is over is gone with it': (passage) => {
    const { others, own, reply } = passage;
    const all = [...others, ...(own ? [own] : [])];
    return isOver(passage) && reply.used === 0 && all.some(({ held }) => held > 0);
  },
  'a lease that ended counts as used': (passage) => {
    const { others, nowUs } = passage;
    const ended = others.filter(({ held, expiryUs }) => held > 0 && expiryUs <= nowUs);
    return isSame(passage) && passage.endUs > nowUs && ended.length > 0;
  },
  'the later of two ends holds': ({ reply, windows, nowUs, endUs }) => {
    const ownEndUs = windows.endsUs.find((one) => one > nowUs) ?? 0;
    return reply.count === endUs && endUs > ownEndUs;
  },
  'a window that would last too long ends sooner': (passage) => {
    const { reply, endUs, nowUs, windows } = passage;
    return isSame(passage) && endUs - nowUs > 2 * windows.longestUs && reply.count < endUs;
  },
  'the store is a window behind': ({ reply, windows }) => reply.count === windows.endsUs[1],
  'the store is a window ahead': ({ reply, windows }) => reply.count === windows.endsUs[3],
  'another kind of window takes over what is used': (passage) => {
    const { form, kind, reply, used, endUs, nowUs } = passage;
    return form === '2' && kind !== reply.period && used > 0 && endUs > nowUs;
  },
  'a token bucket becomes a window': ({ form, used }) => form === '1' && used > 0,
  'a lease is a hundredth': ({ exchange, reply }) => {
    const held = exchange.costs.some((cost, i) => i < exchange.holds && cost > 0);
    return !held && reply.grant > 0 && reply.grant < exchange.want;
  },
  'what is left of the window is too short for a lease': ({ exchange, reply }) => {
    const isShort = -reply.sinceUs < exchange.ttlUs / 16;
    return exchange.want > 0 && isShort && exchange.limit.capacity > 2 * reply.used + 200;
  },
  'a debt of this window': ({ exchange, windows, reply }) => {
    return exchange.owed > 0 && windows.owedEndUs === reply.count;
  },
  'a debt of a window that is over': ({ exchange, windows, reply }) => {
    return exchange.owed > 0 && windows.owedEndUs > 0 && windows.owedEndUs < reply.count;
  },
  'a charge is undone in its window': (passage) => {
    const { own, exchange, endUs, nowUs } = passage;
    const isUndone = own !== undefined && own.seq >= exchange.unanswered && own.booked > 0;
    return isUndone && isSame(passage) && endUs > nowUs;
  },
  'a charge of a window that is over is not undone': (passage) => {
    const { own, exchange } = passage;
    const isUndone = own !== undefined && own.seq >= exchange.unanswered && own.booked > 0;
    return isUndone && isOver(passage);
  },
  'a charge in vain is given back in its window': (passage) => {
    const { own, exchange, endUs, nowUs } = passage;
    const isVain = exchange.vain > 0 && own !== undefined && own.booked > 0;
    return isVain && isSame(passage) && endUs > nowUs;
  },
  'a window is overdrawn': ({ exchange, reply }) => reply.used > exchange.limit.capacity,
};

export const WINDOW_BRANCH_NAMES: readonly string[] = [ELSEWHERE, ...Object.keys(BRANCHES)];

export function windowBranchesOf(call: Call, before: Hash | null, seen: Seen): readonly string[] {
  const { exchange, instance, nowUs } = call;
  const { windows } = exchange;
  if (windows === undefined) return [];
  if (typeof seen.outcome === 'object' && !isReply(seen.outcome)) return [ELSEWHERE];
  if (!isReply(seen.outcome)) return [];
  const [form = '', used, end, , seenUs] = before?.['bucket']?.split(':') ?? [];
  const slipUs = Math.max(0, Number(seenUs ?? 0) - nowUs);
  const records = new Map(
    Object.entries(before ?? {})
      .filter(([name]) => name.startsWith('i:'))
      .map(([name, text]) => [name, recordOf(text, slipUs)]),
  );
  const own = records.get(`i:${instance}`);
  records.delete(`i:${instance}`);
  const passage: Passage = {
    ...call,
    windows,
    reply: seen.outcome,
    form,
    endUs: form === '2' ? Number(end) : 0,
    used: Number(used ?? 0),
    kind: form === '2' ? Number(before?.['limit']) : 0,
    own,
    others: [...records.values()],
  };
  return Object.entries(BRANCHES)
    .filter(([, holds]) => holds(passage))
    .map(([name]) => name);
}

function recordOf(text: string, slipUs: number): Record {
  const [seq = 0, held = 0, expiryUs = 0, , booked = 0] = text.split(':').map(Number);
  return { seq, held, expiryUs: expiryUs - slipUs, booked };
}

function isSame({ form, kind, reply }: Passage): boolean {
  return form === '2' && kind === reply.period;
}

function isOver({ form, endUs, nowUs }: Passage): boolean {
  return form === '2' && endUs <= nowUs;
}
