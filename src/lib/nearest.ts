/** The known word that was probably meant by one that is not known. */

/**
 * The one that takes the fewest letters changed, put in or left out, of those that begin so where
 * any does; the first of several.
 */
export function nearest(word: string, known: readonly [string, ...string[]]): string {
  const longer = known.filter((one) => one.startsWith(word));
  let best = known[0];
  let least = Number.POSITIVE_INFINITY;
  for (const one of longer.length > 0 ? longer : known) {
    const changes = changesBetween(word, one);
    if (changes < least) [best, least] = [one, changes];
  }
  return best;
}

/** Levenshtein's distance, a row of the table at a time. */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const changed = (above[j] as number) + (from[i] === to[j] ? 0 : 1);
      row.push(Math.min(changed, (above[j + 1] as number) + 1, (row[j] as number) + 1));
    }
    above = row;
  }
  return above[to.length] as number;
}
