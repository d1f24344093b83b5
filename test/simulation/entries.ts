/** A map whose entries are made when they are first asked for. */

export function entryOf<T>(map: Map<string, T>, name: string, make: () => T): T {
  const entry = map.get(name) ?? make();
  map.set(name, entry);
  return entry;
}
