/** A client that sends bytes of HTTP/2 as the test says, and keeps what comes. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectByTls } from 'node:tls';
import {
  type Frame,
  framesSoFar,
  PREFACE,
  SETTINGS_ACK,
  settings,
  shown,
} from '../http2/frames.ts';

export interface RawOptions {
  readonly allowHalfOpen?: boolean;
  /** Who vouches for the service, in PEM, where it speaks TLS. */
  readonly ca?: string | undefined;
}

export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  isClosed = false;
  isEnded = false;

  constructor(port: number, { allowHalfOpen = false, ca }: RawOptions = {}) {
    const at = { port, host: '127.0.0.1', allowHalfOpen };
    const byTls: ConnectionOptions = { ...at, ca, ALPNProtocols: ['h2'] };
    this.socket = ca === undefined ? connect(at) : connectByTls(byTls);
    this.socket
      .on('data', (chunk: Buffer) => {
        this.#received = Buffer.concat([this.#received, chunk]);
      })
      .on('end', () => {
        this.isEnded = true;
      })
      .on('close', () => {
        this.isClosed = true;
      })
      .on('error', () => undefined);
  }

  /** One that has said its settings. */
  static async begin(port: number, options: RawOptions = {}): Promise<RawClient> {
    const client = new RawClient(port, options);
    client.send(PREFACE, settings(), SETTINGS_ACK);
    await client.until((words) => words.includes('SETTINGS ack'));
    return client;
  }

  send(...pieces: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(pieces));
  }

  /** The whole frames so far, in words. */
  get words(): readonly string[] {
    return this.frames.map(shown);
  }

  get frames(): readonly Frame[] {
    return framesSoFar(this.#received);
  }

  get text(): string {
    return this.#received.toString('latin1');
  }

  async until(isThere: (words: readonly string[]) => boolean): Promise<readonly string[]> {
    while (!isThere(this.words)) {
      if (this.isClosed) throw new Error(`closed after ${this.words.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.words;
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  stop(): void {
    this.socket.destroy();
  }
}
