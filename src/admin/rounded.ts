/** Numbers as they are told. */

/** More digits than mean anything are only long. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
