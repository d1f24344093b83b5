/** What a gateway needs does not answer. Nobody can tell then: it is a 503, and never a yes. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
  /** Who is away, in words for a client; the message and the cause are for the log. */
  readonly who: string;

  constructor(who: string, cause: Error) {
    // What fetch() says is only that it failed; why, its cause says.
    const { message } = cause.cause instanceof Error ? cause.cause : cause;
    super(`${who} is away: ${message}`, { cause });
    this.who = who;
  }
}
