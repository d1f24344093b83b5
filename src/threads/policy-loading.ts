/**
 * Reads the files of policies, again whenever they change, and gives all deciders what they say:
 * all of it, or nothing where anything is wrong. Then those before stay in force.
 */

import { type EnvoyPiece, piecesOfDomains } from '../envoy/envoy-pieces.ts';
import type { Algorithm } from '../envoy/rule.ts';
import type { WallClock } from '../lib/clock.ts';
import { FilesWatch, type Look } from '../lib/files-watch.ts';
import type { Log } from '../lib/log.ts';
import type { Timers } from '../lib/timers.ts';
import {
  type Cells,
  POLICIES_LOADED_S,
  POLICIES_RULES,
  POLICIES_VALID,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
} from '../metrics/cells.ts';
import { type Fault, faultText } from '../policies/file/fault.ts';
import { loadRules } from '../policies/file/load.ts';
import type { FilesReading } from '../policies/file/sources.ts';
import { Placement } from '../policies/placement.ts';
import { distribute, type SendPiece } from '../policies/policy-pieces.ts';

const SECOND_US = 1_000_000;

export interface PolicyLoadingParts {
  readonly look: () => Promise<Look<FilesReading>>;
  readonly deciders: readonly SendPiece<EnvoyPiece>[];
  /** Of rules of Envoy that name none. */
  readonly algorithm: Algorithm;
  readonly cells: Cells;
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly wall: WallClock;
  readonly timers: Timers;
}

export class PolicyLoading {
  readonly #parts: PolicyLoadingParts;
  readonly #watch: FilesWatch<FilesReading>;
  readonly #placement = new Placement();

  constructor(parts: PolicyLoadingParts) {
    this.#parts = parts;
    const { look, timers } = parts;
    this.#watch = new FilesWatch({ look, timers, load: (files) => this.#reload(files) });
  }

  /**
   * Resolves once all deciders have the policies, which are looked after from then on; with faults,
   * where there are any.
   */
  async start(): Promise<readonly Fault[]> {
    const first = await this.#parts.look();
    const faults = await this.#load(first.found, 'loaded');
    if (faults.length === 0) this.#watch.begin(first);
    return faults;
  }

  /** Loads what is there now, changed or not. */
  reload(): void {
    this.#watch.ask();
  }

  async #reload(files: FilesReading): Promise<void> {
    const { cells, log } = this.#parts;
    const faults = await this.#load(files, 'loaded again');
    cells.add(faults.length === 0 ? RELOADS_APPLIED : RELOADS_REFUSED, 1);
    const [first] = faults;
    if (first === undefined) return;
    cells.set(POLICIES_VALID, 0);
    const why = faults.length === 1 ? '' : ` for ${faults.length} faults, the first`;
    log.error({ faults: faults.length }, `policies stay as they were${why}: ${faultText(first)}`);
  }

  async #load(files: FilesReading, done: string): Promise<readonly Fault[]> {
    const { deciders, algorithm, cells, log, wall } = this.#parts;
    const loading = loadRules(files, this.#placement, algorithm);
    if (!loading.ok) return loading.faults;
    const { placed, domains, rules } = loading;
    await distribute(placed, deciders, () => piecesOfDomains(domains));
    cells.set(POLICIES_RULES, rules);
    cells.set(POLICIES_LOADED_S, wall() / SECOND_US);
    cells.set(POLICIES_VALID, 1);
    const ofEnvoy = domains.length === 0 ? {} : { domains: domains.length };
    log.info({ policies: placed.length, ...ofEnvoy, rules }, `policies ${done}`);
    return [];
  }
}
