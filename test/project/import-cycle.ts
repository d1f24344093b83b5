/** Finds files that import each other in a circle. */

export interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

/** The files of one cycle, or null. */
export function cycleIn(imports: readonly Import[]): readonly string[] | null {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  for (const start of targets.keys()) {
    // The way to the file that is looked at, and what is left to try from each on it.
    const way = [start];
    const left = [[...(targets.get(start) ?? [])]];
    while (way.length > 0) {
      const next = left.at(-1)?.pop()?.to;
      if (next === undefined) {
        done.add(way.pop() ?? '');
        left.pop();
      } else if (way.includes(next)) {
        return [...way.slice(way.indexOf(next)), next];
      } else if (!done.has(next)) {
        way.push(next);
        left.push([...(targets.get(next) ?? [])]);
      }
    }
  }
  return null;
}
