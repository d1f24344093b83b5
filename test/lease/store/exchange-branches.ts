/** What an exchange went through, as its answer and the hashes before and after it tell. */

import { isFaster } from '../../../src/bucket/token-bucket.ts';
import { type Exchange, isReply, type Reply } from '../../../src/lease/terms/exchange.ts';
import { type Call, type Hash, NEVER, type Seen } from './exchange-script.ts';

interface Lease {
  readonly seq: number;
  readonly held: number;
  readonly expiryUs: number;
  readonly grant: number;
  readonly booked: number;
}

interface Passage extends Call {
  readonly reply: Reply;
  /** The bucket before: what it went by, and when it was seen last. */
  readonly count: number;
  readonly period: number;
  readonly tickUs: number;
  readonly seenUs: number;
  readonly after: Hash | null;
  readonly expires: string | null;
  /** Before: the instance's own lease, and those of others. */
  readonly own: Lease | undefined;
  readonly others: ReadonlyMap<string, Lease>;
  readonly isLive: boolean;
  readonly isUndone: boolean;
}

const TOP = Number.MAX_SAFE_INTEGER;
/** What a stale exchange is told apart by. */
const STALE = 'an exchange is stale';

const BRANCHES: Readonly<Record<string, (passage: Passage) => boolean>> = {
  'a cost is allowed': ({ reply, exchange }) => {
    return exchange.costs.some((cost, i) => cost > 0 && reply.allowed[i] === true);
  },
  'a cost is denied': ({ reply }) => reply.allowed.includes(false),
  'a cost is denied for what others hold': ({ reply, exchange }) => {
    const { capacity } = exchange.limit;
    const least = Math.min(...exchange.costs.filter((_, i) => reply.allowed[i] === false));
    return reply.others > capacity - least && reply.used <= (capacity - least) * reply.period;
  },
  'a cost gives back': ({ exchange }) => exchange.costs.some((cost) => cost < 0),
  'a cost is held': ({ reply, exchange }) => {
    const { costs, holds } = exchange;
    return costs.some((cost, i) => i < holds && cost > 0 && reply.allowed[i] === true);
  },
  'all that is wanted is leased': (passage) => {
    const { want } = passage.exchange;
    return want > 0 && want === granted(passage);
  },
  'a grant is cut to what is free': (passage) => {
    return granted(passage) > 0 && isCut(passage) && free(passage) === 0;
  },
  'a grant is cut to a share': (passage) => isCut(passage) && free(passage) > 0,
  'nothing is left to lease': (passage) => {
    return granted(passage) === 0 && passage.exchange.want > 0 && free(passage) === 0;
  },
  'a lease of another ends': ({ others, nowUs }) => {
    return [...others.values()].some(({ held, expiryUs }) => held > 0 && expiryUs <= nowUs);
  },
  'its own lease has ended': ({ own, isLive }) => own !== undefined && own.held > 0 && !isLive,
  'leases of more than one end': ({ others, nowUs }) => {
    return [...others.values()].filter(({ expiryUs }) => expiryUs <= nowUs).length > 1;
  },
  'a lease is spent from': ({ own, isLive, isUndone, exchange }) => {
    const { keep, back } = exchange;
    return own !== undefined && isLive && !isUndone && keep + back < own.held;
  },
  'a lease is given back from': ({ own, isLive, exchange }) => {
    return own !== undefined && isLive && exchange.keep < own.held && exchange.back > 0;
  },
  'more is kept than is held': ({ reply, exchange }) => reply.held - reply.grant < exchange.keep,
  'more is given back than is held': ({ own, isLive, exchange }) => {
    const held = own !== undefined && isLive ? own.held : 0;
    return exchange.back > Math.max(0, held - exchange.keep);
  },
  'a lease is not known': ({ reply }) => !reply.isKnown,
  'a grant is undone': ({ own, isLive, isUndone }) => isLive && isUndone && own?.grant !== 0,
  'a charge is undone': ({ own, isUndone }) => isUndone && own !== undefined && own.booked > 0,
  'what was given back is charged again': ({ own, isUndone }) => {
    return isUndone && own !== undefined && own.booked < 0;
  },
  'a charge of a lease that has ended is undone': ({ own, isLive, isUndone }) => {
    return isUndone && !isLive && own !== undefined && own.booked > 0;
  },
  'others can undo less': ({ others, after }) => {
    return [...others].some(([name, { booked }]) => {
      const record = after?.[name];
      return record !== undefined && leaseOf(record).booked < booked;
    });
  },
  'others can undo a share': ({ others, after }) => {
    return [...others].some(([name, { booked }]) => {
      const record = after?.[name];
      const left = record === undefined ? 0 : leaseOf(record).booked;
      return left > 0 && left < booked;
    });
  },
  'a debt is paid': ({ exchange }) => exchange.owed > 0,
  'a charge in vain is given back': ({ own, isUndone, exchange }) => {
    return exchange.vain > 0 && !isUndone && own !== undefined && own.booked >= exchange.vain;
  },
  'a charge in vain is given back as far as it can be': ({ own, isUndone, exchange }) => {
    const { vain } = exchange;
    return !isUndone && own !== undefined && own.booked > 0 && own.booked < vain;
  },
  'it is given back again': ({ own, isUndone, exchange }) => {
    return exchange.vain > 0 && isUndone && own !== undefined && own.booked < 0;
  },
  'it is in doubt': ({ own, exchange }) => exchange.vain > 0 && own === undefined,
  'a limit is changed': isConverted,
  'a limit is changed beyond doubles': (passage) => {
    const { reply, tickUs, period } = passage;
    return isConverted(passage) && reply.used * tickUs * period > TOP;
  },
  'another limit changes nothing': (passage) => {
    const { exchange, reply } = passage;
    return !isConverted(passage) && exchange.limit.period !== reply.period;
  },
  'another limit is beyond 2^53': (passage) => {
    const { exchange, reply } = passage;
    const { limit, costs } = exchange;
    const isAnother = limit.period !== reply.period && costs.some((cost) => cost > 0);
    return isAnother && (reply.used / reply.period) * limit.period > TOP;
  },
  'another limit is adopted after a denial': (passage) => {
    return isConverted(passage) && passage.reply.allowed[0] === false;
  },
  'a faster limit that is kept is gone by': (passage) => {
    return passage.exchange.limit.isKept === true && isConverted(passage) && !isTaken(passage);
  },
  'a look goes by a faster limit': (passage) => {
    const { after, instance } = passage;
    return isConverted(passage) && after?.[`i:${instance}`] === undefined;
  },
  'a faster limit waits until there is room': (passage) => {
    const { exchange, reply } = passage;
    const isOver = reply.used > exchange.limit.capacity * reply.period;
    return exchange.limit.isKept === true && isOver && isFaster(exchange.limit, reply);
  },
  'an overdraft is there': ({ exchange, reply }) => {
    const { costs, overdrafts = 0 } = exchange;
    return overdrafts > 0 && reply.allowed[costs.length - 1] === true;
  },
  'an overdraft is taken that is not there': ({ exchange, reply }) => isDrawn(exchange, reply),
  'an overdraft takes all that it may': ({ exchange, reply }) => {
    return isDrawn(exchange, reply) && reply.used === 2 * exchange.limit.capacity * reply.period;
  },
  'a bucket is overdrawn that goes by another limit': ({ exchange, reply }) => {
    return isDrawn(exchange, reply) && exchange.limit.period !== reply.period;
  },
  'a debt is larger than an overdraft may be': ({ exchange, reply }) => {
    return isDrawn(exchange, reply) && reply.used > 2 * exchange.limit.capacity * reply.period;
  },
  'used is at its top': ({ reply }) => reply.used === TOP,
  'used is near 2^53': ({ reply }) => reply.used > TOP / 8,
  'a bucket is filled': ({ exchange, reply }) => exchange.fill && reply.existed,
  'microseconds tick': ({ reply }) => reply.tickUs === 1 && reply.used > 0,
  'milliseconds tick': ({ reply }) => reply.tickUs === 1_000 && reply.used > 0,
  'seconds tick': ({ reply }) => reply.tickUs === 1_000_000 && reply.used > 0,
  'a tick has passed in part': ({ reply }) => reply.sinceUs > 0,
  'the clock went back': ({ seenUs, nowUs }) => seenUs > nowUs,
  'the clock went back under leases': ({ seenUs, others, nowUs }) =>
    seenUs > nowUs && others.size > 0,
  'a key was not there': ({ reply }) => !reply.existed,
  'a look leaves no key': ({ after }) => after === null,
  'a look leaves no record': ({ after, instance }) => {
    return after !== null && after[`i:${instance}`] === undefined;
  },
  'a key never expires': ({ expires }) => expires === NEVER,
};

export const BRANCH_NAMES: readonly string[] = [STALE, ...Object.keys(BRANCHES)];

export function branchesOf(call: Call, before: Hash | null, seen: Seen): readonly string[] {
  const { exchange, instance, nowUs } = call;
  if (typeof seen.outcome === 'string') return [STALE];
  // Windows are told of elsewhere.
  if (!isReply(seen.outcome) || exchange.windows !== undefined) return [];
  const [, , , , seenUs = 0] = numbersOf(before?.['bucket']);
  const [count = 0, period = 0, tickUs = 0] = numbersOf(before?.['limit']);
  const slipUs = Math.max(0, seenUs - nowUs);
  const others = new Map<string, Lease>();
  for (const [name, record] of Object.entries(before ?? {})) {
    if (name.startsWith('i:')) others.set(name, leaseOf(record, slipUs));
  }
  const own = others.get(`i:${instance}`);
  others.delete(`i:${instance}`);
  const passage = {
    ...call,
    reply: seen.outcome,
    count,
    period,
    tickUs,
    seenUs,
    after: seen.hash,
    expires: seen.expires,
    own,
    others,
    isLive: own !== undefined && own.expiryUs > nowUs,
    isUndone: own !== undefined && own.seq >= exchange.unanswered,
  };
  return Object.entries(BRANCHES)
    .filter(([, holds]) => holds(passage))
    .map(([name]) => name);
}

function leaseOf(record: string, slipUs = 0): Lease {
  const [seq = 0, held = 0, expiryUs = 0, grant = 0, booked = 0] = numbersOf(record);
  return { seq, held, expiryUs: expiryUs - slipUs, grant, booked };
}

/** Whole tokens that could still be leased. */
function free({ reply, exchange }: Passage): number {
  const unused = Math.floor(exchange.limit.capacity - reply.used / reply.period);
  return Math.max(0, unused - reply.others - reply.held);
}

/** Tokens leased beyond those that were held for a cost. */
function granted({ reply, exchange }: Passage): number {
  const heldFor = exchange.costs.slice(0, exchange.holds).filter((cost, i) => {
    return cost > 0 && reply.allowed[i] === true;
  });
  return reply.grant - heldFor.reduce((sum, cost) => sum + cost, 0);
}

function isCut(passage: Passage): boolean {
  return granted(passage) < passage.exchange.want;
}

/** Whether the last cost was not there, and taken. */
function isDrawn({ costs, overdrafts = 0 }: Exchange, { allowed }: Reply): boolean {
  return overdrafts > 0 && allowed[costs.length - 1] === false;
}

function isTaken(passage: Passage): boolean {
  const { exchange, reply } = passage;
  return granted(passage) > 0 || exchange.costs.some((cost, i) => cost > 0 && reply.allowed[i]);
}

function isConverted({ reply, count, period, tickUs }: Passage): boolean {
  if (!reply.existed || reply.used === 0) return false;
  return count !== reply.count || period !== reply.period || tickUs !== reply.tickUs;
}

function numbersOf(text = ''): readonly number[] {
  return text.split(':').map(Number);
}
