/** Reads whole numbers straight from the bytes of an argument. */

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
/** That many digits are exact in a double, whatever they are. */
const EXACT_DIGITS = 15;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/**
 * The signed 64-bit number written here, or NaN where there is none. A number beyond 2^53 comes
 * rounded: all bounds on numbers are far below.
 */
export function readInteger(bytes: Buffer, start: number, end: number): number {
  const sign = bytes[start];
  const first = start < end && (sign === MINUS || sign === PLUS) ? start + 1 : start;
  if (first >= end) return Number.NaN;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (end - first > EXACT_DIGITS) return readLong(bytes, start, end);
  return sign === MINUS ? 0 - value : value;
}

/** REQUIRES: nothing but a sign and digits is written here. */
function readLong(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let value = 0n;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0) continue;
    value = value * 10n + BigInt(digit);
    if (value > MOST + 1n) return Number.NaN;
  }
  if (isNegative) value = -value;
  return value >= LEAST && value <= MOST ? Number(value) : Number.NaN;
}
