/** Those who listen to events of an admin port, and read what they are told. */
import { range } from '../support/statistics.ts';

export const ADMIN_TOKEN = 'bench';

export class Listeners {
  readonly #abort = new AbortController();
  /** How often each was told something. */
  readonly #heard: number[];

  private constructor(responses: readonly Response[]) {
    this.#heard = responses.map(() => 0);
    for (const [i, { body }] of responses.entries()) void this.#read(i, body);
  }

  static async open(port: number, count: number): Promise<Listeners> {
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    const url = `http://127.0.0.1:${port}/v1/events`;
    return new Listeners(await Promise.all(range(count).map(() => fetch(url, { headers }))));
  }

  /** How often the one was told something that was told least often. */
  get leastHeard(): number {
    return Math.min(...this.#heard);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(listener: number, body: Response['body']): Promise<void> {
    if (body === null) return;
    try {
      await body.pipeTo(
        new WritableStream({
          write: () => {
            this.#heard[listener] = (this.#heard[listener] ?? 0) + 1;
          },
        }),
        { signal: this.#abort.signal },
      );
    } catch {
      // It was closed, or the service has ended.
    }
  }
}
