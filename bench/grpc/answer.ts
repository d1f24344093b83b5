/** What the servers beside ours answer to every call, as ours does where one is let through. */

/** A RateLimitResponse: OK, and a status with its limit, what is left of it, and its reset. */
export const ANSWER: Buffer = Buffer.from(
  '080112170801120508c0843d100618ab832d220508b2e3f801',
  'hex',
);
