/**
 * Cells that note how long the upkeep held a lock each time: the service's histogram has few
 * buckets.
 */
import { Cells, type HistogramCells, SWAP_HOLD } from '../../src/metrics/cells.ts';

export class RecordingCells extends Cells {
  /** Seconds. */
  readonly holds: number[] = [];

  override observe(into: HistogramCells, value: number): void {
    super.observe(into, value);
    if (into === SWAP_HOLD) this.holds.push(value);
  }
}
