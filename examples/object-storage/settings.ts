/** What the environment says, for gateways and workers alike. A bad value ends the start. */

export function textSetting(name: string, fallback: string): string {
  return process.env[name] ?? fallback;
}

export function wholeSetting(name: string, fallback: number): number {
  const text = process.env[name] ?? String(fallback);
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1) return value;
  throw new RangeError(`${name} must be a whole number from 1 to 999999999, is "${text}"`);
}

/** Words between commas, such as `1,2,alice`. */
export function listSetting(name: string): ReadonlySet<string> {
  const words = textSetting(name, '').split(',');
  return new Set(words.map((word) => word.trim()).filter((word) => word !== ''));
}
