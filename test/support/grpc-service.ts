/** Starts the service with its port for gRPC open, and asks it as Envoy does. */
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { freePort } from './free-port.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';

export interface GrpcService extends Service {
  readonly grpcPort: number;
}

export async function startGrpc(options: ServiceOptions = {}): Promise<GrpcService> {
  const grpcPort = await freePort();
  const flags = [...(options.flags ?? []), '--grpc-port', String(grpcPort)];
  return { ...(await startService({ ...options, flags })), grpcPort };
}

const SHOULD_RATE_LIMIT = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';
export const OK = 1;
export const OVER_LIMIT = 2;
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';

const same = (message: Buffer) => message;

export class RateLimitClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  /** `authorization`: what it says in each call, if anything. */
  constructor({ grpcPort }: Pick<GrpcService, 'grpcPort'>, authorization?: string) {
    if (authorization !== undefined) this.#metadata.set('authorization', authorization);
    // Its clients otherwise share connections, wherever they go.
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    const target = `127.0.0.1:${grpcPort}`;
    this.#client = new Client(target, credentials.createInsecure(), options);
  }

  /** The message of the answer; rejects with what gRPC says. */
  ask(
    message: Uint8Array,
    fields: Readonly<Record<string, string>> = {},
    method = SHOULD_RATE_LIMIT,
  ): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const deadline = Date.now() + 5_000;
    const done = (error: ServiceError | null, answer?: Buffer) =>
      error === null ? resolve(answer as Buffer) : reject(error);
    const bytes = Buffer.from(message);
    const metadata = this.#metadata.clone();
    for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
    this.#client.makeUnaryRequest(method, same, same, bytes, metadata, { deadline }, done);
    return promise;
  }

  /** The overall code of the answer about one descriptor with one entry. */
  async codeOf(domain: string, key: string, value: string): Promise<number | undefined> {
    const answer = await this.ask(questionAbout(domain, key, value));
    // It is the first field, and never left out.
    return answer[0] === 0x08 ? answer[1] : undefined;
  }

  close(): void {
    this.#client.close();
  }
}

/** A RateLimitRequest: each part of it is shorter than 128 bytes. */
export function questionAbout(domain: string, key: string, value: string): Buffer {
  const entry = field(1, Buffer.concat([text(1, key), text(2, value)]));
  return Buffer.concat([text(1, domain), field(2, entry)]);
}

function text(number: number, words: string): Buffer {
  return field(number, Buffer.from(words, 'latin1'));
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(number * 8 + 2, bytes.length), bytes]);
}
