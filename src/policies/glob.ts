/**
 * Patterns of keys: text in which `*` stands for any run of characters, also for none.
 *
 * Both functions take time linear in the key for each run of text between two stars, and never go
 * back: the leftmost place where a run fits leaves the most room for what follows.
 */

export interface Glob {
  /** What stands before the first star. */
  readonly start: string;
  /** What stands between two stars, in order; none of them empty. */
  readonly middle: readonly string[];
  /** What stands behind the last star. */
  readonly end: string;
}

/** Null where there is no star: then the text is a key. */
export function readGlob(pattern: string): Glob | null {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return null;
  return { start, middle: rest.filter((part) => part !== ''), end };
}

export function matches({ start, middle, end }: Glob, key: string): boolean {
  if (key.length < start.length + end.length) return false;
  if (!key.startsWith(start) || !key.endsWith(end)) return false;
  let from = start.length;
  const to = key.length - end.length;
  for (const part of middle) {
    const at = key.indexOf(part, from);
    if (at === -1 || at + part.length > to) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * Whether one pattern matches all that the other does. A star of the other may stand for a
 * character that is in neither, which only a star of the first matches; and where it does, it
 * matches any run in that place. So it is enough to try the other with its stars as such a
 * character.
 */
export function covers(glob: Glob, other: string): boolean {
  return matches(glob, other.replaceAll('*', STRANGER));
}

/** A lone surrogate: no pattern may hold one. */
const STRANGER = '\udfff';
