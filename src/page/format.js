/** Numbers, times and keys as people read them. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const PRECISE = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/**
 * What nobody can see, or what turns the order of what stands around it: control characters,
 * directions of writing, marks without a width, halves of a pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** @param {number} value */
export function whole(value) {
  return WHOLE.format(value);
}

/**
 * Three digits: 12.3K.
 *
 * @param {number} value
 */
export function short(value) {
  return value < 1_000 ? PRECISE.format(value) : SHORT.format(value);
}

/** @param {number} ratio from 0 to 1 */
export function percent(ratio) {
  return `${PRECISE.format(ratio * 100)} %`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return `${PRECISE.format(seconds * 1_000_000)} µs`;
  if (seconds < 1) return `${PRECISE.format(seconds * 1_000)} ms`;
  if (seconds < MINUTE) return `${PRECISE.format(seconds)} s`;
  if (seconds < HOUR) return twoParts(seconds, MINUTE, 'min', 's');
  if (seconds < DAY) return twoParts(seconds / MINUTE, MINUTE, 'h', 'min');
  return twoParts(seconds / HOUR, DAY / HOUR, 'd', 'h');
}

/**
 * @param {number} value in the lesser unit
 * @param {number} each how many of it are one of the larger
 * @param {string} larger
 * @param {string} lesser
 */
function twoParts(value, each, larger, lesser) {
  const all = Math.round(value);
  const rest = all % each;
  const first = `${WHOLE.format(Math.floor(all / each))} ${larger}`;
  return rest === 0 ? first : `${first} ${rest} ${lesser}`;
}

/** @param {string} time in ISO 8601 */
export function clock(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : CLOCK.format(date);
}

/**
 * Text of strangers in parts: what may be shown as it is, and, at odd places, the code points that
 * may not, as `U+202E`.
 *
 * @param {string} text
 * @returns {readonly string[]}
 */
export function partsOf(text) {
  /** @type {string[]} */
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(UNSEEN)) {
    parts.push(text.slice(from, match.index), codePoint(match[0]));
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** @param {string} character */
function codePoint(character) {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
