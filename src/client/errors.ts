/** What calls reject with. A denial is not among them: it is a decision. */

export class ArgusError extends Error {
  override readonly name: string = 'ArgusError';
}

/** The question cannot be decided as it stands: the caller's mistake, whatever `onError` says. */
export class BadQuestionError extends ArgusError {
  override readonly name = 'BadQuestionError';
  /** What Express answers with where nobody handles this: the request led to a bad question. */
  readonly status = 400;
  /** What is wrong, and what is wanted. */
  readonly detail: string;
  /** The field at fault, where there is one to name. */
  readonly field: string | undefined;

  constructor(detail: string, field?: string) {
    super(`Cannot decide this question: ${detail}`);
    this.detail = detail;
    this.field = field;
  }
}

/** No answer in time; no connection, or it broke; an answer that is none; close() was called. */
export type UnavailableReason = 'timeout' | 'connection' | 'answer' | 'closed';

/** No decision came, and the key may or may not have been charged: a matter for `onError`. */
export class UnavailableError extends ArgusError {
  override readonly name = 'UnavailableError';
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, fault: string, options?: ErrorOptions) {
    super(`Cannot get a decision from ${fault}`, options);
    this.reason = reason;
  }
}

/** The service does not let this token reset keys, or has none that lets anybody. */
export class UnauthorizedError extends ArgusError {
  override readonly name = 'UnauthorizedError';

  constructor(detail: string) {
    super(`Cannot reset this key: ${detail}`);
  }
}
