/**
 * An HTTP client that sends exactly the bytes it is given and believes nothing: an answer that is
 * not framed as RFC 9112 wants it, or that names a header twice, fails the test that asked.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectByTls } from 'node:tls';

const PATIENCE_MS = 15_000;

export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Parsed {
  readonly answer: Answer;
  /** Where the next answer begins. */
  readonly end: number;
}

export class RawClient {
  readonly #socket: Socket;
  readonly #under: Socket;
  readonly #closed: Promise<void>;
  #received = Buffer.alloc(0);
  #ended = false;
  #fault = '';

  /** `under`: what it goes over, where it is of TLS. */
  private constructor(socket: Socket, under: Socket = socket) {
    this.#socket = socket;
    this.#under = under;
    this.#closed = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        resolve();
      };
      socket.on('end', end).on('close', end);
    });
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
    socket.on('error', (error) => {
      this.#fault = error.message;
    });
  }

  /**
   * Half-open: the service's end of the connection does not end this one. `from`: another address
   * of this machine, such as 127.0.0.2.
   */
  static async connect(port: number, from = '127.0.0.1'): Promise<RawClient> {
    const local = { host: '127.0.0.1', localAddress: from };
    const socket = connect({ ...local, port, allowHalfOpen: true, noDelay: true });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Over TLS, and half-open too. */
  static async secure(port: number, options: ConnectionOptions): Promise<RawClient> {
    const under = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    const over: ConnectionOptions = { socket: under, servername: 'localhost', ...options };
    const socket = connectByTls(Object.assign(over, { allowHalfOpen: true }));
    const client = new RawClient(socket, under);
    await once(socket, 'secureConnect');
    return client;
  }

  send(bytes: string | Uint8Array): this {
    this.#socket.write(bytes);
    return this;
  }

  /** Resolves when the bytes have left this process. */
  async sent(bytes: string | Uint8Array): Promise<void> {
    await new Promise((resolve) => this.#socket.write(bytes, resolve));
  }

  /** Says that no more will be sent, and keeps listening. */
  end(): this {
    this.#socket.end();
    return this;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Resolves once the service has closed its side; rejects if bytes came that nobody asked for. */
  async closed(): Promise<void> {
    await within(this.#closed, () => 'The service did not close the connection');
    const left = this.#received.toString('latin1');
    if (left !== '') throw new Error(`Bytes after the last answer: ${JSON.stringify(left)}`);
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends the connection with a reset, as a client does that crashed. */
  reset(): void {
    this.#under.resetAndDestroy();
  }

  /** All answers until the service closes its side. */
  async answers(): Promise<readonly Answer[]> {
    await within(this.#closed, () => 'The service did not close the connection');
    const answers: Answer[] = [];
    while (this.#received.length > 0) answers.push(await this.answer());
    return answers;
  }

  /** Takes the next answer; `bodyless` for one to HEAD, whose Content-Length has no body. */
  async answer({ bodyless = false } = {}): Promise<Answer> {
    for (;;) {
      const parsed = parseAnswer(this.#received, bodyless);
      if (parsed !== null) {
        this.#received = this.#received.subarray(parsed.end);
        return parsed.answer;
      }
      if (this.#ended) {
        const got = JSON.stringify(this.#received.toString('latin1'));
        throw new Error(`The connection ended within an answer: ${got} ${this.#fault}`);
      }
      const more = Promise.race([once(this.#socket, 'data'), this.#closed]);
      await within(
        more,
        () => `No whole answer came: ${JSON.stringify(this.#received.toString('latin1'))}`,
      );
    }
  }
}

async function within<T>(promise: Promise<T>, words: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words())), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first answer in `bytes`, or null while it is not there in full. */
function parseAnswer(bytes: Buffer, bodyless: boolean): Parsed | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, code = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) ([\x20-\x7e]*)$/.exec(statusLine) ?? [];
  if (code === '') throw new Error(`Not a status line: ${JSON.stringify(statusLine)}`);
  const status = Number(code);
  const headers = parseHeaders(lines);
  const start = headEnd + 4;
  const length = headers['content-length'];
  const coding = headers['transfer-encoding'];
  if (status < 200 || status === 204) {
    if (length !== undefined || coding !== undefined) throw new Error(`A ${status} with a body`);
    return { answer: { status, reason, headers, body: '' }, end: start };
  }
  if ((length === undefined) === (coding === undefined)) {
    throw new Error(`An answer is framed in exactly one way: ${JSON.stringify(headers)}`);
  }
  if (bodyless) return { answer: { status, reason, headers, body: '' }, end: start };
  const framed =
    length === undefined ? parseChunks(bytes, start, coding) : parseLength(bytes, start, length);
  if (framed === null) return null;
  const body = new TextDecoder('utf-8', { fatal: true }).decode(framed.body);
  return { answer: { status, reason, headers, body }, end: framed.end };
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([\w!#$%&'*+\-.^`|~]+): ([\x20-\x7e]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new Error(`Not a header: ${JSON.stringify(line)}`);
    }
    const lower = name.toLowerCase();
    if (lower in headers) throw new Error(`A header that comes twice: ${name}`);
    headers[lower] = value;
  }
  return headers;
}

interface Body {
  readonly body: Buffer;
  readonly end: number;
}

function parseLength(bytes: Buffer, start: number, length: string): Body | null {
  if (!/^\d+$/.test(length)) throw new Error(`Not a Content-Length: ${length}`);
  const end = start + Number(length);
  return bytes.length < end ? null : { body: bytes.subarray(start, end), end };
}

function parseChunks(bytes: Buffer, start: number, coding: string | undefined): Body | null {
  if (coding !== 'chunked') throw new Error(`Not a known coding: ${coding}`);
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-fA-F]+$/.test(size)) throw new Error(`Not a chunk size: ${size}`);
    const from = lineEnd + 2;
    const to = from + Number.parseInt(size, 16);
    if (bytes.length < to + 2) return null;
    if (bytes.toString('latin1', to, to + 2) !== '\r\n') throw new Error('A chunk ends in CRLF');
    if (from === to) return { body: Buffer.concat(chunks), end: to + 2 };
    chunks.push(bytes.subarray(from, to));
    at = to + 2;
  }
}
