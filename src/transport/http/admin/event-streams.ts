/**
 * Those who listen to events, as server-sent events have them: what happened, and how the service
 * does, once a second.
 *
 * A listener is written to only when it has taken all that was written before. So one that does not
 * read holds what one second was at most: it goes without what the seconds between were like, and
 * is told what happened once it reads again, as far as that is kept. The connection of one that
 * takes nothing for long is closed by the server, as that of any other answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Happenings, NumberedHappening, ToldHappening } from '../../../admin/happenings.ts';
import type { NowReport } from '../../../admin/now-report.ts';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { holdingOf } from '../../connection/client-bytes.ts';
import type { Replies } from '../core/replies.ts';

/** What is listened to. */
export interface LiveSource {
  readonly happenings: Happenings;
  /** As of the last look; null before the first. */
  now(): NowReport | null;
}

/** Half of the connections that operators share: the others are for what they ask. */
export const MOST_LISTENERS = 32;

/** After how long a page comes back that has lost its connection. */
const BACK_AFTER_MS = 2_000;

const HEAD = [
  'Content-Type',
  'text/event-stream',
  'Cache-Control',
  'no-store',
  // What keeps a proxy from waiting for the end.
  'X-Accel-Buffering',
  'no',
];

interface Listener {
  readonly res: ServerResponse;
  /** The number of the last happening that was written. */
  last: number;
}

export class EventStreams {
  readonly #source: LiveSource;
  readonly #listeners = new Set<Listener>();
  #isOver = false;

  constructor(source: LiveSource) {
    this.#source = source;
  }

  /** Resolves once the client listens no more. */
  async open(req: IncomingMessage, res: ServerResponse, replies: Replies): Promise<void> {
    if (this.#isOver) {
      replies.problem(res, { status: 503, detail: 'the service is ending' });
      return;
    }
    if (this.#listeners.size >= MOST_LISTENERS) {
      const detail = `${MOST_LISTENERS} clients listen to events, which is as many as may`;
      replies.problem(res, { status: 503, detail }, [RETRY_AFTER_FIELD, '5']);
      return;
    }
    if (req.method === 'HEAD') {
      replies.begin(res, 200, [...HEAD, 'Transfer-Encoding', 'chunked']);
      res.end();
      return;
    }
    replies.begin(res, 200, [...HEAD]);
    const last = this.#source.happenings.numberOf(req.headers['last-event-id']?.toString());
    const listener = { res, last };
    this.#listeners.add(listener);
    const closed = Promise.withResolvers<void>();
    // Who sends nothing any more is taken to be gone: he would only be found out by what is lost.
    const end = () => res.end();
    req.socket.once('end', end);
    res.once('close', () => {
      req.socket.off('end', end);
      this.#listeners.delete(listener);
      closed.resolve();
    });
    this.#write(listener, `retry: ${BACK_AFTER_MS}\n\n${this.#newTo(listener)}${this.#nowEvent()}`);
    await closed.promise;
  }

  /** Tells all who listen what there is since the last look. */
  tell(): void {
    // Worked out once for all, and for nobody where nobody takes it.
    let now: string | null = null;
    for (const listener of this.#listeners) {
      if (listener.res.writableLength > 0) continue;
      now ??= this.#nowEvent();
      this.#write(listener, this.#newTo(listener) + now);
    }
  }

  /** Ends all streams: others may be let in by now than when they were opened. */
  hangUp(): void {
    for (const { res } of this.#listeners) res.end();
  }

  /** Ends all streams, and opens none any more. */
  end(): void {
    this.#isOver = true;
    this.hangUp();
  }

  #write({ res }: Listener, text: string): void {
    res.write(text);
    // Node hands it to the socket in this turn, but not yet.
    setImmediate(() => holdingOf(res.req.socket)?.changed());
  }

  #newTo(listener: Listener): string {
    const { happenings } = this.#source;
    const unheard = happenings.after(listener.last);
    listener.last = happenings.last;
    return unheard.map((one) => happeningEvent(happenings.idOf(one), one)).join('');
  }

  #nowEvent(): string {
    const now = this.#source.now();
    return now === null ? '' : `event: now\ndata: ${JSON.stringify(now)}\n\n`;
  }
}

function happeningEvent(id: string, { time, happening }: NumberedHappening): string {
  const told: ToldHappening = { time, ...happening };
  return `id: ${id}\nevent: happening\ndata: ${JSON.stringify(told)}\n\n`;
}
