/** Exact rational numbers, for oracles. Not reduced: they live for one step of a test. */
export interface Fraction {
  readonly top: bigint;
  /** Above 0. */
  readonly bottom: bigint;
}

export function fraction(top: bigint, bottom = 1n): Fraction {
  return { top, bottom };
}

export const ZERO: Fraction = fraction(0n);

export function plus(one: Fraction, other: Fraction): Fraction {
  return fraction(one.top * other.bottom + other.top * one.bottom, one.bottom * other.bottom);
}

export function minus(one: Fraction, other: Fraction): Fraction {
  return plus(one, fraction(-other.top, other.bottom));
}

export function times(one: Fraction, other: Fraction): Fraction {
  return fraction(one.top * other.top, one.bottom * other.bottom);
}

export function atMost(one: Fraction, other: Fraction): boolean {
  return one.top * other.bottom <= other.top * one.bottom;
}

export function larger(one: Fraction, other: Fraction): Fraction {
  return atMost(one, other) ? other : one;
}

export function floor({ top, bottom }: Fraction): bigint {
  const quotient = top / bottom; // BigInt cuts towards 0
  return top < 0n && quotient * bottom !== top ? quotient - 1n : quotient;
}

export function ceil(number: Fraction): bigint {
  return -floor(fraction(-number.top, number.bottom));
}
