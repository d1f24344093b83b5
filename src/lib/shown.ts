/** Values as error messages show them. */

const MOST_CHARACTERS = 40;

/** As it is, unless it is long. */
export function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** Short, whatever was sent. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const start = JSON.stringify(value.slice(0, MOST_CHARACTERS));
    return value.length > MOST_CHARACTERS ? `${start}…` : start;
  }
  return Array.isArray(value) ? 'an array' : 'an object';
}
