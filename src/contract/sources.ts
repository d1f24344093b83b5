/** Where a decision may have come from, once instances share their limits. */

/**
 * Why something stands in for the store: it is away; it did not answer in time; or it was not asked
 * in time, because too many questions waited for it.
 */
export type StandIn = 'fallback' | 'late' | 'overloaded';

/**
 * `local`: limits are not shared. `lease`: tokens that the instance holds. `store`: the store was
 * asked. `denied-until`: the store has said before what time there is nothing to be had.
 */
export type Source = 'local' | 'lease' | 'store' | 'denied-until' | StandIn;

export const SOURCES = [
  'local',
  'lease',
  'store',
  'denied-until',
  'fallback',
  'late',
  'overloaded',
] as const satisfies readonly Source[];

export function isStandIn(source: Source): source is StandIn {
  return source === 'fallback' || source === 'late' || source === 'overloaded';
}
