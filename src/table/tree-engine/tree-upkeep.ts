/**
 * Decides which trees' turn it is: watches every shard's depth and full buckets, and rebuilds those
 * that need it.
 *
 * Thread safety: one thread of the process.
 */
import type { Clock } from '../../lib/clock.ts';
import { type Cells, SEARCH_DEPTH, SEARCH_DEPTH_IDEAL } from '../../metrics/cells.ts';
import { idealMeanDepth } from '../../tree/depth.ts';
import type { Upkeep } from '../engine.ts';
import { SWEEP_ALL_EVERY_MS, SWEEP_EVERY_US } from '../sweep-times.ts';
import { Rebuild } from './rebuild.ts';
import type { TreeShard } from './tree-shard.ts';
import type { TreeView } from './tree-view.ts';

/** A tree whose nodes lie this much deeper than a perfect one's is rebuilt. */
const WORST_MEAN_DEPTH = 1.2;
/** One whose searches went this much deeper is too, if its shape has anything to do with it. */
const WORST_SEARCH_DEPTH = 1.5;
const NEARLY_PERFECT = 1.05;
/** Half a step more than perfect is never worth a rebuild. */
const LEAST_EXCESS = 0.5;
const LEAST_SEARCHES = 16;

export class TreeUpkeep implements Upkeep {
  readonly #view: TreeView;
  readonly #clock: Clock;
  readonly #cells: Cells;
  readonly #rebuild: Rebuild;
  readonly #sweptUs: Float64Array;
  #nextSweepUs: number = Number.NEGATIVE_INFINITY;

  constructor(view: TreeView, clock: Clock, cells: Cells) {
    this.#view = view;
    this.#clock = clock;
    this.#cells = cells;
    this.#rebuild = new Rebuild(view, clock, cells);
    this.#sweptUs = new Float64Array(view.shards.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** Rebuilds what deciders asked for. */
  serve(): void {
    if (this.#clock() >= this.#nextSweepUs && this.#view.requests.takeAll()) {
      this.sweep();
      this.#nextSweepUs = this.#clock() + SWEEP_ALL_EVERY_MS * 1_000;
    }
    this.#serveShards();
  }

  #serveShards(): void {
    this.#view.requests.takeEach((index) => this.#run(this.#view.shards[index] as TreeShard));
  }

  /** Rebuilds every shard that has a full bucket. */
  sweep(): void {
    for (const shard of this.#view.shards) {
      shard.lock();
      const due = shard.fullFromUs <= this.#clock();
      shard.unlock();
      if (!due) continue;
      this.#run(shard);
      this.#serveShards();
    }
  }

  /** Looks at every shard, rebuilds those that need it, and publishes how deep searches went. */
  check(): void {
    let searches = 0;
    let steps = 0;
    let idealSteps = 0;
    for (const shard of this.#view.shards) {
      shard.lock();
      const due = this.#isDue(shard);
      searches += shard.searches;
      steps += shard.searchSteps;
      idealSteps += shard.searches * idealMeanDepth(shard.size);
      shard.forgetSearches();
      shard.unlock();
      if (!due) continue;
      this.#run(shard);
      // A pass over a large table takes a while, and a full one cannot wait for its end.
      this.serve();
    }
    if (searches > 0) {
      this.#cells.set(SEARCH_DEPTH, steps / searches);
      this.#cells.set(SEARCH_DEPTH_IDEAL, idealSteps / searches);
    }
  }

  /** REQUIRES: the shard is locked. */
  #isDue(shard: TreeShard): boolean {
    const nowUs = this.#clock();
    if (
      shard.fullFromUs <= nowUs &&
      nowUs - (this.#sweptUs[shard.index] as number) >= SWEEP_EVERY_US
    ) {
      return true;
    }
    if (shard.size === 0) return false;
    const ideal = idealMeanDepth(shard.size);
    const mean = shard.depthSum / shard.size;
    if (isDeeper(mean, ideal, WORST_MEAN_DEPTH)) return true;
    return (
      shard.searches >= LEAST_SEARCHES &&
      mean > NEARLY_PERFECT * ideal &&
      isDeeper(shard.searchSteps / shard.searches, ideal, WORST_SEARCH_DEPTH)
    );
  }

  #run(shard: TreeShard): void {
    this.#view.requests.forget(shard.index);
    this.#rebuild.run(shard);
    this.#sweptUs[shard.index] = this.#clock();
  }
}

function isDeeper(depth: number, ideal: number, worst: number): boolean {
  return depth > worst * ideal && depth - ideal > LEAST_EXCESS;
}
