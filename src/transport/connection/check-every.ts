/** How often connections are looked at for having taken too long. */

/** Time limits are enforced to within this. */
export const MOST_CHECK_EVERY_MS = 500;

/** `shortestMs`: the shortest of the limits that are looked after. */
export function checkEveryMs(shortestMs: number): number {
  return Math.min(MOST_CHECK_EVERY_MS, Math.ceil(shortestMs / 2));
}
