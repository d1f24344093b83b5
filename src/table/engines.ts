/** The parts of a table's engine, whichever it is. */
import type { Clock } from '../lib/clock.ts';
import type { Cells } from '../metrics/cells.ts';
import type { KeyIndex, Upkeep } from './engine.ts';
import type { Shard } from './shard.ts';
import type { TableView } from './table-memory.ts';
import { TreeIndex } from './tree-engine/tree-index.ts';
import { TreeUpkeep } from './tree-engine/tree-upkeep.ts';

/** The index of this thread. Its shards are those of the view. */
export function indexOf(view: TableView): KeyIndex<Shard> {
  return new TreeIndex(view);
}

export function upkeepOf(view: TableView, clock: Clock, cells: Cells): Upkeep {
  return new TreeUpkeep(view, clock, cells);
}
