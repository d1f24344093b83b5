/** Quotients of whole numbers that a double could not hold. */

/** Rounded up. REQUIRES: the dividend is at least 0, the divisor above. */
export function ceilQuotient(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
