/** The two limits of a user, which Argus takes both or neither, in one call. */
import { AwayError } from './away-error.ts';

const LIMITS = {
  /** 60 a minute, 10 of them at once: a bucket of 10 that gets one back every second. */
  requests: { capacity: 10, interval: 10, unit: 's' },
  /** Bytes: 50 MB a month. */
  volume: { capacity: 50_000_000, interval: 30, unit: 'd' },
} as const;

/** More than the whole volume can never pass, however long one waits. */
export const MOST_BYTES: number = LIMITS.volume.capacity;

/** What Argus answers with; the status of a denial is what it is set to. */
const ALLOWED = 200;
const DENIED: readonly number[] = [ALLOWED, 403, 429, 503];

export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
}

export interface Denial {
  readonly limit: keyof typeof LIMITS;
  readonly decision: Decision;
}

export class UserLimits {
  readonly #url: string;
  readonly #timeoutMs: number;

  /** `argusUrl` is where Argus is, such as `http://127.0.0.1:8123`. */
  constructor(argusUrl: string, timeoutMs: number) {
    this.#url = `${argusUrl}/api/v1/limits`;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Null where both limits had enough, and were charged. Otherwise neither was: the limit that did
   * not have enough, of two the one to wait longer for. Rejects with an AwayError; asks once only,
   * because a second question might be a second charge.
   */
  async charge(userId: string, bytes: number): Promise<Denial | null> {
    const all = await this.#ask([
      { key: `requests:${userId}`, ...LIMITS.requests, cost: 1 },
      { key: `volume:${userId}`, ...LIMITS.volume, cost: bytes },
    ]);
    const denials = (['requests', 'volume'] as const)
      .map((limit, index) => ({ limit, decision: all[index] as Decision }))
      .filter(({ decision }) => !decision.allowed)
      .toSorted((one, other) => other.decision.retryAfterMs - one.decision.retryAfterMs);
    return denials[0] ?? null;
  }

  async #ask(questions: readonly object[]): Promise<readonly Decision[]> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        body: JSON.stringify({ all: questions }),
        signal: AbortSignal.timeout(this.#timeoutMs),
        // Followed, it would ask somebody else, or the same a second time.
        redirect: 'error',
      });
      const { status, headers } = response;
      const answer = (await response.json()) as { allowed?: unknown; all?: unknown };
      const canBe = answer.allowed === true ? status === ALLOWED : DENIED.includes(status);
      const isJson = headers.get('Content-Type') === 'application/json';
      if (canBe && isJson && isDecisions(answer.all, questions.length, answer.allowed)) {
        return answer.all;
      }
      throw new TypeError(`its answer ${status} is not a decision`);
    } catch (error) {
      throw new AwayError('the rate limiter', error as Error);
    }
  }
}

/** A page of a proxy with status 200 is no decision, nor is an error of Argus. */
function isDecisions(value: unknown, count: number, allowed: unknown): value is Decision[] {
  if (!Array.isArray(value) || value.length !== count) return false;
  const decisions = value as readonly (Partial<Decision> | null)[];
  return (
    decisions.every(
      (one) => typeof one?.allowed === 'boolean' && Number.isInteger(one.retryAfterMs),
    ) && allowed === decisions.every((one) => one?.allowed)
  );
}
