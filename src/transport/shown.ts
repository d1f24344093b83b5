/** Values as error messages show them. */

const MOST_CHARACTERS = 40;

/** Short, whatever was sent. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const cut = value.length > MOST_CHARACTERS;
    return cut ? `${JSON.stringify(value.slice(0, MOST_CHARACTERS))}…` : JSON.stringify(value);
  }
  return Array.isArray(value) ? 'an array' : 'an object';
}
