/**
 * Decides when shards are swept, and watches how many words searches look at.
 *
 * Thread safety: one thread of the process.
 */
import type { Clock } from '../../lib/clock.ts';
import { type Cells, SEARCH_DEPTH, SEARCH_DEPTH_IDEAL } from '../../metrics/cells.ts';
import type { Upkeep } from '../engine.ts';
import type { Shard } from '../shard.ts';
import { SWEEP_ALL_EVERY_MS, SWEEP_EVERY_US } from '../sweep-times.ts';
import type { HashView } from './hash-view.ts';
import { Sweep } from './sweep.ts';

/** Beyond this part of its homes no shard is filled. */
const MOST_LOAD = 0.95;

/**
 * The mean words that a search looks at which finds its key, in a row of which `load` of the homes
 * are taken by chance (D. E. Knuth, "The Art of Computer Programming", volume 3, 6.4).
 */
function idealProbes(load: number): number {
  return (1 + 1 / (1 - Math.min(load, MOST_LOAD))) / 2;
}

export class HashUpkeep implements Upkeep {
  readonly #view: HashView;
  readonly #clock: Clock;
  readonly #cells: Cells;
  readonly #sweep: Sweep;
  readonly #sweptUs: Float64Array;
  #nextSweepUs: number = Number.NEGATIVE_INFINITY;

  constructor(view: HashView, clock: Clock, cells: Cells) {
    this.#view = view;
    this.#clock = clock;
    this.#cells = cells;
    this.#sweep = new Sweep(view, clock, cells);
    this.#sweptUs = new Float64Array(view.shards.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** Sweeps a table that is full. */
  serve(): void {
    if (this.#clock() < this.#nextSweepUs || !this.#view.requests.takeAll()) return;
    this.sweep();
    this.#nextSweepUs = this.#clock() + SWEEP_ALL_EVERY_MS * 1_000;
  }

  sweep(): void {
    for (const shard of this.#view.shards) {
      shard.lock();
      const isDue = shard.fullFromUs <= this.#clock();
      shard.unlock();
      if (isDue) this.#run(shard);
    }
  }

  check(): void {
    let searches = 0;
    let probes = 0;
    let idealSum = 0;
    const homes = 2 ** this.#view.rows.layout.homesLog2;
    for (const shard of this.#view.shards) {
      const nowUs = this.#clock();
      const isRested = nowUs - (this.#sweptUs[shard.index] as number) >= SWEEP_EVERY_US;
      shard.lock();
      const isDue = isRested && shard.fullFromUs <= nowUs;
      searches += shard.searches;
      probes += shard.searchSteps;
      idealSum += shard.searches * idealProbes(shard.size / homes);
      shard.forgetSearches();
      shard.unlock();
      if (!isDue) continue;
      this.#run(shard);
      // A pass over a large table takes a while, and a full one cannot wait for its end.
      this.serve();
    }
    if (searches > 0) {
      this.#cells.set(SEARCH_DEPTH, probes / searches);
      this.#cells.set(SEARCH_DEPTH_IDEAL, idealSum / searches);
    }
  }

  #run(shard: Shard): void {
    this.#sweep.run(shard);
    this.#sweptUs[shard.index] = this.#clock();
  }
}
