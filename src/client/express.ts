/**
 * Rate limiting as a middleware of Express, or of anything else that calls `(req, res, next)`.
 *
 * Requests and responses are described by what is used of them: who does without Express needs
 * neither it nor its types.
 */
import { type GateOptions, gateOf, PROBLEM_TYPE } from './gate.ts';

/** What a key is usually made of. */
interface RequestLike {
  readonly ip?: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface ResponseLike {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

type Next = (error?: unknown) => void;

/**
 * Lets a request through, or answers 429: with Retry-After, but where no wait helps. 503 where the
 * service is away and the client's `onError` denies. What the client throws goes to the error
 * handler, and so does a cost that is no whole number from 0: never through, whatever `onError`
 * says.
 */
export function rateLimit<Req = RequestLike>(
  options: GateOptions<Req>,
): (req: Req, res: ResponseLike, next: Next) => Promise<void> {
  const gate = gateOf(options);

  /** Whether it may pass; where not, it has its answer. */
  const decide = async (req: Req, res: ResponseLike): Promise<boolean> => {
    const { passes, fields, problem } = await gate(req);
    if (res.headersSent) return passes;
    for (const [name, value] of fields) res.setHeader(name, value);
    if (problem !== null) {
      res.statusCode = problem.status;
      res.setHeader('Content-Type', PROBLEM_TYPE);
      res.end(JSON.stringify(problem));
    }
    return passes;
  };

  return async (req, res, next) => {
    let passes: boolean;
    try {
      passes = await decide(req, res);
    } catch (error) {
      next(error);
      return;
    }
    if (passes) next();
  };
}
