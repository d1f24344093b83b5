/** Listens to server-sent events, and believes nothing. */
import { once } from 'node:events';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Headers } from './ask.ts';
import { RIGHT } from './reset.ts';

export interface SentEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

const PATIENCE_MS = 15_000;

export class EventClient {
  readonly headers: IncomingHttpHeaders;
  readonly #answer: IncomingMessage;
  readonly #pieces: AsyncIterator<string>;
  #text = '';

  private constructor(answer: IncomingMessage) {
    this.headers = answer.headers;
    this.#answer = answer;
    answer.setEncoding('utf8');
    this.#pieces = answer[Symbol.asyncIterator]() as AsyncIterator<string>;
  }

  static async open(port: number, headers: Headers = {}): Promise<EventClient> {
    const asked = get({
      port,
      host: '127.0.0.1',
      path: '/v1/events',
      headers: { ...RIGHT, ...headers },
      agent: false,
    });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`answered with ${answer.statusCode}`);
    return new EventClient(answer);
  }

  /** The next event; null where the stream has ended. */
  async next(): Promise<SentEvent | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end !== -1) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const event = eventOf(block);
        if (event !== null) return event;
        continue;
      }
      const timer = setTimeout(() => this.close(), PATIENCE_MS);
      const { done, value } = await this.#pieces.next();
      clearTimeout(timer);
      if (done === true) {
        if (this.#text !== '') throw new Error(`The stream ended within an event: ${this.#text}`);
        return null;
      }
      this.#text += value;
    }
  }

  /** The next one of this name. */
  async nextOf(name: string): Promise<SentEvent> {
    for (;;) {
      const event = await this.next();
      if (event === null) throw new Error(`The stream ended without another ${name}`);
      if (event.event === name) return event;
    }
  }

  /** The next thing that happened of this kind. */
  async happening(kind: string): Promise<SentEvent> {
    for (;;) {
      const event = await this.nextOf('happening');
      if (event.data['kind'] === kind) return event;
    }
  }

  close(): void {
    this.#answer.destroy();
  }
}

/** Null for a block that is no event. */
function eventOf(block: string): SentEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value] = /^(event|id|data|retry): (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) {
      throw new Error(`Not a line of an event: ${JSON.stringify(line)}`);
    }
    fields.set(name, value);
  }
  const [event, data] = [fields.get('event'), fields.get('data')];
  if (event === undefined || data === undefined) return null;
  const members = JSON.parse(data) as Readonly<Record<string, unknown>>;
  return { event, id: fields.get('id') ?? null, data: members };
}
