/**
 * The shard of a tree: beside what every shard has, its live tree, its journal and their counters.
 *
 * Locking: everything needs the shard's lock.
 *
 * Invariants, whenever the lock is free:
 *   1. `size` is the number of nodes in the live tree, `depthSum` the sum of their depths.
 *   2. While a shadow is being built, the journal holds just the slots added since it was begun
 *      that the rebalancer has not fetched yet.
 *   3. What is full before `fullFromUs` has been set aside for the shadow that is being built.
 */
import { assert } from '../../lib/assert.ts';
import {
  type LinkSet,
  NEXT,
  NONE,
  otherLinkSet,
  RECORD_WORDS,
  type Slots,
} from '../../memory/layout.ts';
import { ENGINE_DOUBLES, ENGINE_WORDS, Shard, type ShardMemory } from '../shard.ts';

const ROOT = ENGINE_WORDS;
const LINKS = ENGINE_WORDS + 1;
const JOURNALLING = ENGINE_WORDS + 2;
const JOURNAL_HEAD = ENGINE_WORDS + 3;
const JOURNAL_SIZE = ENGINE_WORDS + 4;
// Doubles.
const DEPTH_SUM = ENGINE_DOUBLES;

export class TreeShard extends Shard {
  readonly #slots: Slots;

  constructor(memory: ShardMemory, index: number, slots: Slots) {
    super(memory, index);
    this.#slots = slots;
  }

  get root(): number {
    return this.words[this.base + ROOT] as number;
  }

  set root(slot: number) {
    this.words[this.base + ROOT] = slot;
  }

  get links(): LinkSet {
    return this.words[this.base + LINKS] as LinkSet;
  }

  get depthSum(): number {
    return this.doubles[this.doublesBase + DEPTH_SUM] as number;
  }

  /**
   * Counts a leaf that was just hung in at this depth, and journals it if a shadow is being built.
   */
  added(slot: number, depth: number): void {
    this.size++;
    this.doubles[this.doublesBase + DEPTH_SUM] = this.depthSum + depth;
    if (this.words[this.base + JOURNALLING] === 0) return;
    const head = this.base + JOURNAL_HEAD;
    this.#slots.records[slot * RECORD_WORDS + NEXT] = this.words[head] as number;
    this.words[head] = slot;
    this.words[this.base + JOURNAL_SIZE] = this.journalSize + 1;
  }

  startJournal(): void {
    this.words[this.base + JOURNALLING] = 1;
  }

  get journalSize(): number {
    return this.words[this.base + JOURNAL_SIZE] as number;
  }

  /** Starts the journal anew. Returns the first slot of the old one; `next` leads to the others. */
  detachJournal(): number {
    const head = this.words[this.base + JOURNAL_HEAD] as number;
    this.words[this.base + JOURNAL_HEAD] = NONE;
    this.words[this.base + JOURNAL_SIZE] = 0;
    return head;
  }

  /**
   * Makes the shadow live. REQUIRES: the journal is empty and the shadow holds all it ever held.
   */
  swap(root: number, size: number, depthSum: number): void {
    assert(this.isLocked, 'a swap holds the lock');
    assert(this.journalSize === 0, 'a swap leaves no journalled slot behind');
    this.words[this.base + ROOT] = root;
    this.words[this.base + LINKS] = otherLinkSet(this.links);
    this.size = size;
    this.doubles[this.doublesBase + DEPTH_SUM] = depthSum;
    this.words[this.base + JOURNALLING] = 0;
    this.forgetSearches();
  }
}
