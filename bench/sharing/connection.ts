/**
 * A kept connection to an instance, one request at a time, that costs the load as little as can be.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CONNECT_WITHIN_MS = 5_000;

/** For all connections: what is read is made a text at once. */
const READ = Buffer.allocUnsafe(65_536);

export class Connection {
  readonly #socket: Socket;
  #answer = '';

  /** `answered` is told each answer whole; nothing more once the connection is gone. */
  constructor(port: number, answered: (answer: string) => void) {
    const callback = (bytes: number): boolean => {
      this.#answer += READ.toString('latin1', 0, bytes);
      // The one brace that closes is that of the body.
      if (!this.#answer.endsWith('}')) return true;
      const answer = this.#answer;
      this.#answer = '';
      answered(answer);
      return true;
    };
    const onread = { buffer: READ, callback };
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
  }

  async open(): Promise<void> {
    await once(this.#socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
    // What it was asked stays unanswered: the bench sees that.
    this.#socket.on('error', () => undefined);
  }

  ask(request: Buffer): void {
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
