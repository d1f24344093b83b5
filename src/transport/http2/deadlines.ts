/**
 * How long the client of one connection may take: for its first words, for what it has begun, to
 * take answers, to ask again. Told what happens by Connection, which asks now and then what is due.
 */
import type { Session } from './session.ts';
import type { Stream } from './stream.ts';
import { ENHANCE_YOUR_CALM, SETTINGS_TIMEOUT } from './wire/numbers.ts';

export interface ConnectionTimes {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
}

export interface DeadlineParts {
  readonly session: Session;
  readonly times: ConnectionTimes;
  /** How old the connection may become; null where that is not bounded. */
  readonly mostAgeMs: number | null;
  readonly nowUs: number;
}

/** What a client that does not read is given beyond the time for a request. */
const DEAF_MORE_MS = 1_000;

export class Deadlines {
  readonly #parts: DeadlineParts;
  readonly #openedUs: number;
  #readUs: number;
  /** When it last had a request. */
  #busyUs: number;
  /** When the client was asked whether it is there; null where it has answered. */
  #probedUs: number | null = null;
  /** Since when it does not take what is sent; null where it does. */
  #deafSinceUs: number | null = null;

  constructor(parts: DeadlineParts) {
    this.#parts = parts;
    this.#openedUs = parts.nowUs;
    this.#readUs = parts.nowUs;
    this.#busyUs = parts.nowUs;
  }

  /** How long a connection may take to end. */
  get endingUs(): number {
    return (this.#parts.times.requestTimeoutMs + DEAF_MORE_MS) * 1_000;
  }

  read(nowUs: number): void {
    this.#readUs = nowUs;
    this.#probedUs = null;
  }

  called(nowUs: number): void {
    this.#busyUs = nowUs;
  }

  /** Something was sent that the client has not taken yet. */
  waits(nowUs: number): void {
    this.#deafSinceUs ??= nowUs;
  }

  taken(): void {
    this.#deafSinceUs = null;
  }

  /** Why its client is given up: it does not read, or is not there. Null where it is not. */
  lost(nowUs: number): 'unread' | 'timeout' | null {
    const mostUs = this.endingUs;
    if (this.#deafSinceUs !== null && nowUs - this.#deafSinceUs >= mostUs) return 'unread';
    return this.#probedUs !== null && nowUs - this.#probedUs >= mostUs ? 'timeout' : null;
  }

  /** Whether nothing can be due: so it is with most connections, whenever they are looked at. */
  isAtRest(nowUs: number): boolean {
    const { session, times, mostAgeMs } = this.#parts;
    const { streams, halfSinceUs, isSettled, isLeaving } = session;
    if (streams.size > 0 || halfSinceUs !== null || !isSettled || isLeaving || session.isLeft) {
      return false;
    }
    const isYoung = mostAgeMs === null || nowUs - this.#openedUs < mostAgeMs * 1_000;
    return isYoung && nowUs - this.#busyUs < times.keepAliveMs * 1_000;
  }

  /** Does what is due. `isReading`: whether it is the client that lets it wait. */
  check(nowUs: number, isReading: boolean): void {
    this.#parts.session.checkTime(nowUs);
    this.#checkBegin(nowUs);
    if (isReading) this.#checkHalf(nowUs);
    this.#checkStreams(nowUs, isReading);
    this.#checkRest(nowUs, isReading);
  }

  #checkBegin(nowUs: number): void {
    const { session, times } = this.#parts;
    const { headersTimeoutMs, requestTimeoutMs } = times;
    const ageMs = (nowUs - this.#openedUs) / 1_000;
    if (!session.hasBegun) {
      if (ageMs >= headersTimeoutMs) session.fail(SETTINGS_TIMEOUT, 'timeout', 'no SETTINGS');
    } else if (!session.isSettled && ageMs >= headersTimeoutMs + requestTimeoutMs) {
      session.fail(SETTINGS_TIMEOUT, 'timeout', 'SETTINGS were not answered');
    }
  }

  /** What has begun must become whole in time. */
  #checkHalf(nowUs: number): void {
    const { session, times } = this.#parts;
    const { halfSinceUs } = session;
    if (halfSinceUs === null || nowUs - halfSinceUs < times.requestTimeoutMs * 1_000) return;
    session.fail(ENHANCE_YOUR_CALM, 'timeout', 'a frame must arrive whole in time');
  }

  #checkStreams(nowUs: number, isReading: boolean): void {
    const mostUs = this.#parts.times.requestTimeoutMs * 1_000;
    const isLate = ({ isRead, route, arrivedUs, waiting, waitsSinceUs }: Stream) => {
      // One whose DATA is taken as it comes may rest for as long as its client wants.
      const isHalf = isReading && !isRead && route.kind === 'whole';
      if (isHalf && nowUs - arrivedUs >= mostUs) return true;
      return waiting !== null && nowUs - waitsSinceUs >= this.endingUs;
    };
    this.#parts.session.streams.resetLate(isLate);
  }

  #checkRest(nowUs: number, isReading: boolean): void {
    const { session, times, mostAgeMs } = this.#parts;
    const keepUs = times.keepAliveMs * 1_000;
    if (session.streams.size > 0) this.#busyUs = nowUs;
    if (mostAgeMs !== null && nowUs - this.#openedUs >= mostAgeMs * 1_000) {
      session.leave('age', nowUs);
    } else if (nowUs - this.#busyUs >= keepUs) {
      session.leave('idle', nowUs);
    } else if (isReading && nowUs - this.#readUs >= keepUs && this.#probedUs === null) {
      this.#probedUs = nowUs;
      session.probe();
    }
  }
}
