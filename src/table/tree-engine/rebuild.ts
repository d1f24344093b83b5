/**
 * Rebuilds a shard: builds a balanced shadow of its live tree beside it, swaps it in, and evicts
 * the buckets that are full again. A swap changes links, never buckets.
 *
 *   begin    under the lock: list the slots in order, set full buckets aside, start the journal;
 *            without it: build the shadow and write its shape into the link set that is not live
 *   finish   under the lock: look again at what was set aside and what was journalled. Few: hang
 *            them in and swap. Many: fetch them, and without the lock build them into the shadow,
 *            then look again. Hanging in many at once would hold the lock too long.
 *
 * Thread safety: one thread of the process, and it holds no lock when it calls this.
 *
 * Invariants:
 *   1. Only finish() unlinks slots, and only they are released, after the swap.
 *   2. A journalled slot is not evicted in the swap that it was journalled for.
 *   3. Until the swap no decider follows a link that is written here.
 *   4. Nothing is allocated under the lock.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Arena } from '../../memory/arena.ts';
import {
  HEAD,
  LEFT,
  type LinkSet,
  NEXT,
  NODE_WORDS_LOG2,
  NONE,
  otherLinkSet,
  RECORD_WORDS,
  RIGHT,
} from '../../memory/layout.ts';
import { type Cells, EVICTIONS, SWAP_HOLD, SWAPS } from '../../metrics/cells.ts';
import { LiveTree } from '../../tree/live-tree.ts';
import { ShadowTree } from '../../tree/shadow.ts';
import { Walk } from '../../tree/walk.ts';
import { Eviction } from './evict.ts';
import type { TreeShard } from './tree-shard.ts';
import type { TreeView } from './tree-view.ts';

/** Most slots hung in as leaves under the lock, the n-th as deep as n below the shadow's leaves. */
const HANG_MOST = 64;
/** After this many rounds the bound doubles with each: a flood must not keep a shadow from use. */
const PATIENT_ROUNDS = 8;

export class Rebuild {
  readonly #arena: Arena;
  readonly #clock: Clock;
  readonly #cells: Cells;
  readonly #walk: Walk;
  readonly #eviction: Eviction;
  readonly #shadow: ShadowTree;
  readonly #hanging: LiveTree;
  /** The live slots in order; after begin() without those set aside. */
  readonly #list: Int32Array;
  /** Slots that turned up after begin(): put back or journalled. */
  readonly #late: Int32Array;
  #root: number = NONE;
  #rounds = 0;
  #heldUs = 0;

  constructor(view: TreeView, clock: Clock, cells: Cells) {
    const slots = view.arena;
    const most = slots.capacity + 1;
    this.#arena = view.arena;
    this.#clock = clock;
    this.#cells = cells;
    this.#walk = new Walk(slots, most);
    this.#eviction = new Eviction(view.records, most);
    this.#shadow = new ShadowTree(slots);
    this.#hanging = new LiveTree(slots);
    this.#list = new Int32Array(most);
    this.#late = new Int32Array(most);
  }

  /** Does all of it. */
  run(shard: TreeShard): void {
    this.begin(shard);
    while (!this.finish(shard));
  }

  /** REQUIRES: no shadow of any shard is being built. */
  begin(shard: TreeShard): void {
    shard.lock();
    const lockedUs = this.#clock();
    const listed = this.#walk.inOrder(shard.root, shard.links, this.#list);
    const staying = this.#eviction.setAside(this.#list, listed, shard.advance(lockedUs));
    shard.fullFromUs = this.#eviction.fullFromUs;
    shard.startJournal();
    const links = otherLinkSet(shard.links);
    shard.unlock();
    this.#heldUs = this.#clock() - lockedUs;

    this.#rounds = 0;
    this.#shadow.load(this.#list, staying);
    this.#root = this.#shadow.writeLinks(links);
  }

  /** True when the shadow is live; false when too much had come in, and it must be called again. */
  finish(shard: TreeShard): boolean {
    this.#rounds++;
    shard.lock();
    const lockedUs = this.#clock();
    const links = otherLinkSet(shard.links);
    const back = this.#eviction.putBack(this.#late, shard.advance(lockedUs));
    const bound = HANG_MOST * 2 ** Math.max(0, this.#rounds - PATIENT_ROUNDS);
    const done = back + shard.journalSize <= bound;
    const journal = shard.detachJournal();
    if (done) this.#swap(shard, links, this.#listJournal(journal, back));
    shard.unlock();
    this.#heldUs += this.#clock() - lockedUs;

    if (done) this.#release();
    else this.#merge(links, this.#listJournal(journal, back));
    return done;
  }

  /**
   * Adds the slots of a detached journal to those that are late, and returns how many there are.
   * Needs no lock: nobody else can reach a detached journal.
   */
  #listJournal(head: number, from: number): number {
    let late = from;
    let slot = head;
    while (slot !== NONE) {
      this.#late[late++] = slot;
      const next = slot * RECORD_WORDS + NEXT;
      slot = this.#arena.records[next] as number;
      this.#arena.records[next] = NONE;
    }
    return late;
  }

  /** REQUIRES: the shard is locked. */
  #swap(shard: TreeShard, links: LinkSet, late: number): void {
    let depthSum = this.#shadow.depthSum;
    let root = this.#root;
    for (let i = 0; i < late; i++) {
      const slot = this.#late[i] as number;
      const base = (slot << NODE_WORDS_LOG2) + links;
      // What was set aside still has the links of the swap before last.
      this.#arena.nodes[base + LEFT] = NONE;
      this.#arena.nodes[base + RIGHT] = NONE;
      root = this.#hanging.hangSlot(root, links, slot);
      depthSum += this.#hanging.depth + 1;
    }
    shard.swap(root, this.#shadow.size + late, depthSum);
  }

  #merge(links: LinkSet, late: number): void {
    for (let i = 0; i < late; i++) this.#shadow.insert(this.#late[i] as number);
    this.#root = this.#shadow.writeLinks(links);
  }

  #release(): void {
    const { slots, count } = this.#eviction;
    for (let i = 0; i < count; i++) {
      const node = (slots[i] as number) << NODE_WORDS_LOG2;
      this.#arena.nodes.fill(NONE, node, node + HEAD);
    }
    this.#arena.release(slots, count);
    this.#cells.add(EVICTIONS, this.#eviction.count);
    this.#cells.add(SWAPS, 1);
    this.#cells.observe(SWAP_HOLD, this.#heldUs / 1_000_000);
  }
}
