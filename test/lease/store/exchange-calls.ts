/** Random exchanges, good and bad, of a few instances about a few keys: the same for a seed. */
import fc from 'fast-check';
import type { Limit } from '../../../src/bucket/limit.ts';
import { type Exchange, isReply } from '../../../src/lease/terms/exchange.ts';
import type { SharedLimit } from '../../../src/lease/terms/shared-limit.ts';
import { endsAround, windowKind } from '../../../src/policies/calendar.ts';
import { acceptedLimit, anyLimit } from '../../bucket/histories.ts';
import { windowAt } from '../../support/calendars.ts';
import { Dice } from '../../transport/resp/resp-noise.ts';
import type { Call, Seen } from './exchange-script.ts';

const INSTANCES = ['a', 'b', 'c', 'd'];
const KEYS = ['one', 'two'];
/** A time such as Redis tells. */
const START_US = 1_790_000_000_000_000;
const TTL_US = 500_000;
const MOST_WAIT_US = 60 * 86_400_000_000;
/** Some that end within a lease, and some that outlast many. */
const WINDOW_LENGTHS_US = [200_000, 1_000_000, 7_000_000, 3_600_000_000] as const;

/** What an instance takes itself to hold of a key, and what it said last. */
interface Known {
  held: number;
  seq: number;
  vain: number;
}

export class RandomCalls {
  readonly #dice: Dice;
  readonly #name: string;
  readonly #limits: readonly SharedLimit[];
  readonly #known = new Map<string, Known>();
  /** Whether its keys expire when they may. */
  readonly expires: boolean;
  #nowUs: number;
  #seq = 0;

  constructor(seed: number) {
    this.#dice = new Dice(Math.imul(seed, 0x9e3779b1));
    this.#name = String(seed);
    // The first rolls are all alike.
    for (let i = 0; i < 8; i++) this.#dice.roll(2);
    this.#limits = fc
      .sample(anyLimit, { seed, numRuns: 1 + this.#dice.roll(3) })
      .map((asked) => this.#limitBy(acceptedLimit(asked)));
    this.expires = this.#dice.roll(2) === 0;
    this.#nowUs = START_US + this.#upTo(10 * TTL_US);
  }

  #limitBy(limit: Limit): SharedLimit {
    const dice = this.#dice;
    if (dice.roll(3) > 0) return { ...limit, isKept: dice.roll(3) === 0 };
    return { ...limit, isKept: true, window: windowAt(dice.pick(WINDOW_LENGTHS_US), START_US) };
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get keys(): readonly string[] {
    return KEYS.map((key) => `${this.#name}:${key}`);
  }

  next(): Call {
    const dice = this.#dice;
    const limit = dice.pick(this.#limits);
    const key = dice.pick(this.keys);
    const instance = dice.pick(INSTANCES);
    this.#moveTime(limit);
    const known = this.#knownOf(key, instance);
    const keep = this.#part(known.held);
    const isStale = dice.roll(20) === 0;
    const seq = isStale ? Math.max(1, known.seq - dice.roll(3)) : ++this.#seq;
    const overdrafts = dice.roll(4) === 0 ? 1 + dice.roll(2) : 0;
    const firm = this.#costs(limit);
    const drawn = Array.from({ length: overdrafts }, () => dice.pick([1, 2]) * this.#tokens(limit));
    const costs = [...firm, ...drawn];
    const holds = dice.roll(2) === 0 ? 0 : dice.roll(firm.length + 1);
    const isUnanswered = dice.roll(4) === 0 && known.seq > 0;
    const saysAgain = isUnanswered && dice.roll(2) === 0;
    const owed = dice.roll(6) === 0 ? this.#tokens(limit) * dice.pick([1, 1, 5, 1_000]) : 0;
    const vain = dice.roll(4) === 0 ? this.#tokens(limit) : 0;
    const exchange = {
      key,
      limit,
      seq,
      unanswered: isUnanswered ? Math.min(seq, known.seq) : seq,
      keep,
      back: dice.roll(2) === 0 ? 0 : this.#part(Math.max(0, known.held - keep)),
      owed,
      vain: saysAgain ? known.vain : vain,
      fill: dice.roll(25) === 0,
      costs,
      holds,
      overdrafts,
      want: dice.roll(2) === 0 ? 0 : this.#tokens(limit) * (dice.roll(8) === 0 ? 9 : 1),
      least: dice.pick([0, 1, 8, this.#tokens(limit)]),
      ttlUs: dice.pick([TTL_US, TTL_US, TTL_US, 1, 1_000, 60 * TTL_US]),
      ...this.#windowsAround(limit),
    };
    const isLook = dice.roll(10) === 0;
    return { exchange: isLook ? lookOf(exchange) : exchange, instance, nowUs: this.#nowUs };
  }

  /** What came of a call that next() made. Some answers never arrive. */
  learn({ exchange, instance }: Call, { outcome }: Seen): void {
    if (!isReply(outcome)) return;
    const known = this.#knownOf(exchange.key, instance);
    known.seq = exchange.seq;
    known.vain = exchange.vain;
    known.held = this.#dice.roll(8) === 0 ? exchange.keep : outcome.held;
  }

  #knownOf(key: string, instance: string): Known {
    const name = `${key} ${instance}`;
    const known = this.#known.get(name) ?? { held: 0, seq: 0, vain: 0 };
    this.#known.set(name, known);
    return known;
  }

  /** On by what matters to the limit, to a lease or to a tick; now and then back. */
  #moveTime({ capacity, count, period, tickUs, window }: SharedLimit): void {
    const dice = this.#dice;
    const tokenUs = Math.ceil(period / count) * tickUs;
    const [someUs, allUs] =
      window === undefined
        ? [3 * tokenUs, capacity * tokenUs]
        : [window.longestUs / 4, 2 * window.longestUs];
    const most = dice.pick([0, 3, 3_000, TTL_US, 3 * TTL_US, someUs, allUs]);
    const stepUs = this.#upTo(Math.min(most, MOST_WAIT_US));
    const isBack = dice.roll(window === undefined ? 30 : 8) === 0;
    const backUs =
      window === undefined
        ? Math.min(stepUs, 100 * TTL_US)
        : this.#upTo(dice.pick([1, 3]) * window.longestUs);
    this.#nowUs += isBack ? -backUs : stepUs;
  }

  /** What windows the instance thinks there are: its clock may be anywhere. */
  #windowsAround({ window }: SharedLimit): Pick<Exchange, 'windows'> {
    if (window === undefined) return {};
    const dice = this.#dice;
    const { longestUs, windows } = window;
    const aheadUs = dice.pick([0, 0, 0, -1, 1, -2, 2]) * this.#upTo(longestUs);
    const endsUs = endsAround(windowKind(windows), this.#nowUs + aheadUs);
    const owedEndUs = dice.pick([0, ...endsUs]);
    return { windows: { longestUs, endsUs, owedEndUs } };
  }

  #costs(limit: Limit): readonly number[] {
    const dice = this.#dice;
    return Array.from({ length: dice.roll(4) }, () => {
      const cost = dice.roll(3) === 0 ? 0 : this.#tokens(limit);
      return dice.roll(5) === 0 ? -cost : cost;
    });
  }

  /** From 1 to all that there can be: few, or a share of them. */
  #tokens({ capacity }: Limit): number {
    const most = this.#dice.pick([1, 8, Math.ceil(capacity / 3), capacity]);
    return 1 + this.#upTo(Math.min(most, capacity) - 1);
  }

  /** All, some, none or more than there are. */
  #part(tokens: number): number {
    const kind = this.#dice.roll(6);
    if (kind < 2) return tokens;
    if (kind === 2) return 0;
    if (kind === 3) return tokens + this.#dice.roll(4);
    return this.#upTo(tokens);
  }

  #upTo(most: number): number {
    return Math.floor((this.#dice.roll(2 ** 31) / 2 ** 31) * (most + 1));
  }
}

function lookOf(exchange: Exchange): Exchange {
  const nothing = {
    keep: 0,
    back: 0,
    owed: 0,
    vain: 0,
    fill: false,
    holds: 0,
    overdrafts: 0,
    want: 0,
  };
  return { ...exchange, ...nothing, costs: [0] };
}
