/**
 * A client of the Redis protocol that sends exactly the bytes it is given and believes nothing: a
 * reply that is not one fails the test that asked.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectByTls } from 'node:tls';
import { HalfReplyError, RespReplies } from '../transport/resp/resp-replies.ts';
import { words } from './resp-frames.ts';

const PATIENCE_MS = 15_000;

export class RespClient {
  readonly socket: Socket;
  readonly #closed: Promise<void>;
  #received = '';
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#closed = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        resolve();
      };
      socket.on('end', end).on('close', end);
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
    });
  }

  /** Half-open: the service's end of the connection does not end this one. */
  static async connect(port: number): Promise<RespClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const client = new RespClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Over TLS, and half-open too. */
  static async secure(port: number, options: ConnectionOptions): Promise<RespClient> {
    const at: ConnectionOptions = { host: '127.0.0.1', port, ...options };
    const socket = connectByTls(Object.assign(at, { allowHalfOpen: true }));
    const client = new RespClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Sends a command of words with spaces between, and takes its reply. */
  async ask(text: string): Promise<string> {
    return this.send(words(text)).reply();
  }

  /** Takes the next reply, in short. */
  async reply(): Promise<string> {
    for (;;) {
      const replies = new RespReplies(this.#received);
      try {
        const reply = replies.next();
        this.#received = this.#received.slice(replies.at);
        return reply;
      } catch (error) {
        if (!(error instanceof HalfReplyError)) throw error;
      }
      if (this.#ended) throw new Error(`The connection ended: ${JSON.stringify(this.#received)}`);
      await within(Promise.race([once(this.socket, 'data'), this.#closed]), 'No whole reply came');
    }
  }

  /** Says that no more will be sent, and keeps listening. */
  end(): this {
    this.socket.end();
    return this;
  }

  /** All replies until the service closes its side. */
  async rest(): Promise<readonly string[]> {
    await within(this.#closed, 'The service did not close the connection');
    const replies = new RespReplies(this.#received);
    this.#received = '';
    const found: string[] = [];
    while (!replies.isDone) found.push(replies.next());
    return found;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

async function within<T>(promise: Promise<T>, words: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
