/** Calls of gRPC by node:http2, which knows nothing of gRPC: what comes is told as it is. */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { framed } from '../http2/frames.ts';

export interface Answer {
  readonly status: number | undefined;
  /** The grpc-status, wherever it stands, and its words. */
  readonly code: string | undefined;
  readonly words: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The first message, without its prefix. */
  readonly message: string;
}

export class Http2Client {
  readonly session: ClientHttp2Session;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`, {
      maxSendHeaderBlockLength: 1_048_576,
    });
    this.session.on('error', () => undefined);
  }

  /** A call with this message. */
  call(
    path: string,
    message: Uint8Array | string,
    more: IncomingHttpHeaders = {},
  ): Promise<Answer> {
    return this.ask({ ':path': path, ...GRPC, ...more }, framed(message));
  }

  ask(headers: IncomingHttpHeaders, body: Uint8Array): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const isGet = headers[':method'] === 'GET' || headers[':method'] === 'HEAD';
    const stream = this.session.request({ ':method': 'POST', ...headers });
    const pieces: Buffer[] = [];
    let [head, tail]: [IncomingHttpHeaders, IncomingHttpHeaders] = [{}, {}];
    stream
      .on('response', (fields) => {
        head = fields;
      })
      .on('trailers', (fields) => {
        tail = fields;
      })
      .on('data', (piece: Buffer) => void pieces.push(piece))
      .on('error', reject)
      .on('close', () => {
        const all = Buffer.concat(pieces);
        resolve({
          status: head[':status'] as number | undefined,
          code: (tail['grpc-status'] ?? head['grpc-status']) as string | undefined,
          words: (tail['grpc-message'] ?? head['grpc-message']) as string | undefined,
          headers: head,
          body: all,
          message: all.subarray(5).toString('latin1'),
        });
      });
    if (!isGet) stream.end(body);
    return promise;
  }

  close(): void {
    this.session.destroy();
  }
}

export const GRPC = { 'content-type': 'application/grpc', te: 'trailers' } as const;
