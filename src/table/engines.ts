/** The parts of a table's engine, whichever it is. */
import type { Clock } from '../lib/clock.ts';
import type { Cells } from '../metrics/cells.ts';
import type { KeyIndex, KeyWalk, Upkeep } from './engine.ts';
import { HashIndex } from './hash-engine/hash-index.ts';
import { HashUpkeep } from './hash-engine/hash-upkeep.ts';
import { HashWalk } from './hash-engine/hash-walk.ts';
import type { Shard } from './shard.ts';
import type { TableView } from './table-memory.ts';
import { TreeIndex } from './tree-engine/tree-index.ts';
import { TreeUpkeep } from './tree-engine/tree-upkeep.ts';
import { TreeWalk } from './tree-engine/tree-walk.ts';

/** The index of this thread. Its shards are those of the view. */
export function indexOf(view: TableView): KeyIndex<Shard> {
  return view.engine === 'tree' ? new TreeIndex(view) : new HashIndex(view);
}

/** The walk of this thread, in pieces of at most so many records. */
export function walkOf(view: TableView, most: number): KeyWalk<Shard> {
  return view.engine === 'tree' ? new TreeWalk(view, most) : new HashWalk(view, most);
}

export function upkeepOf(view: TableView, clock: Clock, cells: Cells): Upkeep {
  return view.engine === 'tree'
    ? new TreeUpkeep(view, clock, cells)
    : new HashUpkeep(view, clock, cells);
}
