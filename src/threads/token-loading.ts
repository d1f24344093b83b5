/**
 * Reads the file of tokens, again whenever it changes, and gives all threads those in force: all of
 * it, or nothing where anything is wrong with it. Then those before stay in force, but for those
 * that expire.
 */
import { lookAtTokens, readTokens } from '../access/file/token-file.ts';
import type { FiledToken } from '../access/file/token-line.ts';
import type { TokenTerms } from '../access/grant.ts';
import { assert } from '../lib/assert.ts';
import { type WallClock, wallUs } from '../lib/clock.ts';
import { FilesWatch, type Look } from '../lib/files-watch.ts';
import type { Log } from '../lib/log.ts';
import type { TextReading } from '../lib/text-file.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import {
  type Cells,
  TOKENS,
  TOKENS_APPLIED,
  TOKENS_LOADED_S,
  TOKENS_REFUSED,
  TOKENS_VALID,
} from '../metrics/cells.ts';

/** By the wall clock, which may be set: it is looked at again and again. */
export const EXPIRE_EVERY_MS = 1_000;
const SECOND_US = 1_000_000;

export interface TokenLoadingParts {
  /** As errors call the file. */
  readonly path: string;
  readonly look: () => Promise<Look<TextReading>>;
  readonly cells: Cells;
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly wall: WallClock;
  readonly timers: Timers;
}

/** Puts these in force, and no others. */
export type GiveTokens = (tokens: readonly TokenTerms[]) => void;

export class TokenLoading {
  readonly #parts: TokenLoadingParts;
  readonly #watch: FilesWatch<TextReading>;
  #tokens: readonly FiledToken[] = [];
  #inForce: readonly TokenTerms[] = [];
  #first: Look<TextReading> | null = null;
  #give: GiveTokens = () => undefined;

  constructor(parts: TokenLoadingParts) {
    this.#parts = parts;
    const { look, timers } = parts;
    this.#watch = new FilesWatch({
      look,
      timers,
      load: async (found) => this.#reload(found),
      settlesFirst: true,
    });
  }

  /** Reads it for the first time; what is wrong with it, if anything is. */
  async start(): Promise<readonly string[]> {
    this.#first = await this.#parts.look();
    return this.#load(this.#first.found, 'loaded');
  }

  get inForce(): readonly TokenTerms[] {
    return this.#inForce;
  }

  /** Gives those in force from now on, whenever they are others. REQUIRES: start() was good. */
  watch(give: GiveTokens): void {
    assert(this.#first !== null, 'the file was read');
    this.#give = give;
    this.#watch.begin(this.#first);
    this.#expire();
  }

  /** Loads what is there now, changed or not, once it has settled. */
  reload(): void {
    this.#watch.ask();
  }

  #reload(found: TextReading): void {
    const { cells, log } = this.#parts;
    const faults = this.#load(found, 'loaded again');
    cells.add(faults.length === 0 ? TOKENS_APPLIED : TOKENS_REFUSED, 1);
    const [first] = faults;
    if (first === undefined) return;
    cells.set(TOKENS_VALID, 0);
    const why = faults.length === 1 ? '' : ` for ${faults.length} faults, the first`;
    log.error({ faults: faults.length }, `tokens stay as they were${why}: ${first}`);
  }

  #load(found: TextReading, done: string): readonly string[] {
    const { path, cells, log, wall } = this.#parts;
    const reading = readTokens(path, found);
    if (!reading.ok) return reading.faults;
    this.#tokens = reading.tokens;
    this.#putInForce(true);
    cells.set(TOKENS_VALID, 1);
    cells.set(TOKENS_LOADED_S, wall() / SECOND_US);
    log.info({ tokens: reading.tokens.length }, `tokens ${done}`);
    return [];
  }

  /** Gives those that have not expired; where they are those of a moment ago, only if asked to. */
  #putInForce(anyway: boolean): void {
    const { cells, log, wall } = this.#parts;
    const nowMs = wall() / 1_000;
    const alive = this.#tokens.filter(({ expiresMs }) => expiresMs === null || nowMs < expiresMs);
    // One that has not expired may do so, and the other way round where the clock is set back.
    if (!anyway && alive.length === this.#inForce.length) return;
    this.#inForce = alive.map(({ expiresMs: _, ...terms }) => terms);
    cells.set(TOKENS, alive.length);
    this.#give(this.#inForce);
    const expired = this.#tokens.length - alive.length;
    if (expired > 0) log.info({ expired }, `${expired} of the tokens in their file have expired`);
  }

  #expire(): void {
    this.#parts.timers.after(EXPIRE_EVERY_MS, () => {
      this.#putInForce(false);
      this.#expire();
    });
  }
}

/** A file of tokens that is wrong at the start. The message says all that is, a line each. */
export class BadTokens extends Error {}

/** Resolves once the file was read; null where `path` is empty, and there is none. */
export async function loadTokens(
  path: string,
  cells: Cells,
  log: Pick<Log, 'info' | 'error'>,
): Promise<TokenLoading | null> {
  if (path === '') return null;
  const look = () => lookAtTokens(path);
  const clocks = { wall: wallUs, timers: systemTimers };
  const loading = new TokenLoading({ path, look, cells, log, ...clocks });
  const faults = await loading.start();
  if (faults.length > 0) throw new BadTokens(faults.join('\n'));
  return loading;
}
