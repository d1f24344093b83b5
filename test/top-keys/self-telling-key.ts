/** Keys of which every part says which key it is, and how often it is counted. */

const LENGTH = 64;

export function selfTellingKey(n: number, times: number): string {
  return `${n}:${times}|`.repeat(LENGTH).slice(0, LENGTH);
}

/** How often it is counted; null where it is not of one piece. */
export function timesOf(text: string): number | null {
  const [, n, times] = /^(\d+):(\d+)\|/.exec(text) ?? [];
  return text === selfTellingKey(Number(n), Number(times)) ? Number(times) : null;
}
