/** Thrown where the code itself is wrong. Nothing catches it: the process logs it and ends. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** States one fact, in words, that holds whatever a client sends. Stays on in production. */
export function assert(fact: boolean, words: string): asserts fact {
  if (!fact) throw new AssertionError(words);
}
