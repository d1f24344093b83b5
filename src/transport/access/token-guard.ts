/**
 * Looks at the tokens that are shown. A token of the file is random, and nobody guesses it: it is
 * found at once, whoever else has shown what. The ADMIN_TOKEN may be a word: so that it cannot be
 * guessed, whoever shows wrong ones has to wait.
 *
 * One a thread, for all protocols. It remembers addresses that failed lately, at most
 * MOST_ADDRESSES of them; all beyond that count as one. The first FREE_FAILURES of an address cost
 * no time. After them one token at a time is compared, at most one in the time that the address has
 * to wait, which doubles up to MOST_WAIT_MS. All that show the same token share its comparison, and
 * one known to be wrong is not compared again: a client with an old token keeps none from using the
 * right one. Other addresses, and connections that have shown the token before, notice nothing.
 */
import { ADMIN_PASS, digestOf, type Pass, type TokenBook } from '../../access/token-book.ts';
import { assert } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Timers } from '../../lib/timers.ts';
import { AUTH_FAILURES, type Cells, TOKEN_PLACES } from '../../metrics/cells.ts';
import type { AdminToken } from './admin-token.ts';

/**
 * What a right one lets do. `too many`: it was not compared, since others of that address were to
 * be first.
 */
export type Verdict = Pass | 'wrong' | 'too many';

export interface TokenGuardParts {
  readonly adminToken: AdminToken;
  readonly book: TokenBook;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Pick<Log, 'warn'>;
}

/** What is shown, and by whom. */
export interface Showing {
  readonly token: string;
  /** The client's network address, as the socket says it. */
  readonly address: string;
  /** Its index in TOKEN_PLACES. */
  readonly place: number;
}

export const FREE_FAILURES = 5;
export const MOST_WAIT_MS = 1_000;
export const MOST_ADDRESSES = 1_024;
/** An address that has not failed for this time is forgotten. */
export const FORGET_MS = 60_000;
/** No two lines of the log are closer to each other. */
export const LOG_EVERY_MS = 10_000;

const FIRST_WAIT_MS = 50;
const MOST_KNOWN = 64;
/** Stands for all addresses beyond MOST_ADDRESSES. */
const OTHERS = 'others';

interface Suspect {
  failures: number;
  lastUs: number;
  /** The token that is compared next, and what will be found. */
  waiting: { readonly digest: string; readonly verdict: Promise<Verdict> } | null;
}

export class TokenGuard {
  readonly #parts: TokenGuardParts;
  /** By network, the one that failed last at the end. */
  readonly #suspects = new Map<string, Suspect>();
  /** Digests of wrong tokens, the last one at the end. */
  readonly #known = new Set<string>();
  #loggedUs = Number.NEGATIVE_INFINITY;
  /** Failures that the log was not told of. */
  #untold = 0;

  constructor(parts: TokenGuardParts) {
    this.#parts = parts;
  }

  /** The tokens beside the ADMIN_TOKEN. */
  get book(): TokenBook {
    return this.#parts.book;
  }

  /** Whether there is a token at all. */
  get isSet(): boolean {
    return this.#parts.adminToken.isSet || !this.book.isOpen;
  }

  /** What is wanted of who shows none, or a wrong one. */
  get wanted(): string {
    return this.book.isOpen ? 'the ADMIN_TOKEN of the service' : 'a token of the service';
  }

  /** Late where the address has to wait. */
  check(showing: Showing): Verdict | Promise<Verdict> {
    const { clock, book } = this.#parts;
    const digest = digestOf(showing.token);
    const pass = book.passFor(digest);
    if (pass !== null) return pass;
    const nowUs = clock();
    const suspect = this.#suspectOf(networkOf(showing.address), nowUs);
    if (suspect === null || suspect.failures < FREE_FAILURES) return this.#compare(showing);
    if (this.#known.has(digest)) {
      this.#fail(showing);
      return this.#after(waitMs(suspect.failures), () => 'wrong');
    }
    const { waiting } = suspect;
    if (waiting?.digest === digest) return waiting.verdict;
    if (waiting !== null) {
      this.#fail(showing);
      return this.#after(MOST_WAIT_MS, () => 'too many');
    }
    const leftMs = leftOf(suspect, nowUs);
    if (leftMs <= 0) return this.#compare(showing);
    const verdict = this.#after(leftMs, () => {
      suspect.waiting = null;
      return this.#compare(showing);
    });
    suspect.waiting = { digest, verdict };
    return verdict;
  }

  /** As check(), for who cannot wait: where he would have to, the ADMIN_TOKEN is not compared. */
  checkNow(showing: Showing): Verdict {
    const { clock, book } = this.#parts;
    const pass = book.passFor(digestOf(showing.token));
    if (pass !== null) return pass;
    const nowUs = clock();
    const suspect = this.#suspectOf(networkOf(showing.address), nowUs);
    const mustWait = suspect !== null && suspect.failures >= FREE_FAILURES;
    return mustWait && leftOf(suspect, nowUs) > 0 ? 'too many' : this.#compare(showing);
  }

  #compare(showing: Showing): Verdict {
    if (this.#parts.adminToken.matches(showing.token)) return ADMIN_PASS;
    this.#known.add(digestOf(showing.token));
    if (this.#known.size > MOST_KNOWN) deleteFirst(this.#known);
    this.#fail(showing);
    return 'wrong';
  }

  /** Counts a failure, remembers who it was, and says so now and then. */
  #fail({ address, place }: Showing): void {
    const { cells, clock, log } = this.#parts;
    const nowUs = clock();
    cells.add(AUTH_FAILURES + place, 1);
    this.#remember(networkOf(address), nowUs);
    if (nowUs - this.#loggedUs < LOG_EVERY_MS * 1_000) {
      this.#untold++;
      return;
    }
    const more = this.#untold === 0 ? '' : `, and ${this.#untold} before that were not logged`;
    const what = this.book.isOpen ? 'ADMIN_TOKEN' : 'token';
    log.warn(`A wrong ${what} came from ${address}, over ${TOKEN_PLACES[place]}${more}`);
    this.#loggedUs = nowUs;
    this.#untold = 0;
  }

  #remember(network: string, nowUs: number): void {
    const suspect = this.#suspectOf(network, nowUs);
    if (suspect === null) {
      const added = { failures: 1, lastUs: nowUs, waiting: null };
      const hasRoom = this.#suspects.size < MOST_ADDRESSES;
      this.#suspects.set(hasRoom ? network : OTHERS, added);
      return;
    }
    suspect.failures++;
    suspect.lastUs = nowUs;
    const name = this.#suspects.has(network) ? network : OTHERS;
    this.#suspects.delete(name);
    this.#suspects.set(name, suspect);
  }

  /** Null where it did not fail lately. */
  #suspectOf(network: string, nowUs: number): Suspect | null {
    for (const [name, { lastUs, waiting }] of this.#suspects) {
      if (nowUs - lastUs < FORGET_MS * 1_000 || waiting !== null) break;
      this.#suspects.delete(name);
    }
    const own = this.#suspects.get(network);
    if (own !== undefined || this.#suspects.size < MOST_ADDRESSES) return own ?? null;
    return this.#suspects.get(OTHERS) ?? null;
  }

  #after(ms: number, find: () => Verdict): Promise<Verdict> {
    return new Promise((resolve) => {
      this.#parts.timers.after(ms, () => resolve(find()));
    });
  }
}

/** How long an address has to wait after its last failure, by how many it has. */
function waitMs(failures: number): number {
  assert(failures >= FREE_FAILURES, 'the first failures cost no time');
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), MOST_WAIT_MS);
}

/** How long an address still has to wait. REQUIRES: it has failed too often. */
function leftOf({ failures, lastUs }: Suspect, nowUs: number): number {
  return waitMs(failures) - (nowUs - lastUs) / 1_000;
}

/** All of an IPv6 /64 is one customer, and `::ffff:192.0.2.1` is an IPv4 address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function deleteFirst(set: Set<string>): void {
  for (const first of set) {
    set.delete(first);
    return;
  }
}
