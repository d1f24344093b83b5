/** Commands as the Redis protocol has them, and ways to cut bytes up. */

/** An array of bulk strings, as clients send it. */
export function frame(...args: readonly (string | number | Uint8Array)[]): Buffer {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === 'object' ? Buffer.from(arg) : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** The same, of words with spaces between. */
export function words(text: string): Buffer {
  return frame(...text.split(' '));
}

/** Commands one after the other, as bytes or as words. */
export function frames(...commands: readonly (Buffer | string)[]): Buffer {
  return Buffer.concat(commands.map((one) => (typeof one === 'string' ? words(one) : one)));
}

/** The bytes cut before each of these places, which ascend. */
export function cutAt(bytes: Buffer, ...places: readonly number[]): readonly Buffer[] {
  const ends = [...places, bytes.length];
  return ends.map((end, i) => bytes.subarray(places[i - 1] ?? 0, end));
}
