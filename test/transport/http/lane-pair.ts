/**
 * The lane and node:http side by side: two servers over tables of their own, at one time that
 * stands still, to be fed the same bytes. What one answers and the other does not is a difference.
 */

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Limiter } from '../../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import type { InPlace, Receiver } from '../../../src/transport/connection/read-buffer.ts';
import { TURN_US, Turns } from '../../../src/transport/connection/turns.ts';
import type { Form } from '../../../src/transport/http/asking/accept.ts';
import { AllRoute } from '../../../src/transport/http/asking/all-route.ts';
import { BatchRoute } from '../../../src/transport/http/asking/batch-route.ts';
import { EnvoyRoute } from '../../../src/transport/http/asking/envoy-route.ts';
import { ForwardRoute } from '../../../src/transport/http/asking/forward-route.ts';
import { Lane } from '../../../src/transport/http/asking/lane.ts';
import { LimitRoute } from '../../../src/transport/http/asking/limit-route.ts';
import { ResetRoute } from '../../../src/transport/http/asking/reset-route.ts';
import { CrossSite } from '../../../src/transport/http/core/cross-site.ts';
import { Replies } from '../../../src/transport/http/core/replies.ts';
import { createApp } from '../../../src/transport/http/express-app.ts';
import { HttpServer } from '../../../src/transport/http/http-server.ts';
import { createRoutes } from '../../../src/transport/http/routes.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { envoyOver } from '../../envoy/envoy-scene.ts';
import { policiesOver } from '../../policies/policy-scene.ts';
import { forgetfulGuard } from '../access/admin-guards.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { lend } from '../connection/lent-bytes.ts';

const NOW_US = 1_000_000_000_000;
const TURNS_A_CHUNK = 3;
const TIMES = { headersTimeoutMs: 5_000, requestTimeoutMs: 10_000 };

/** The configuration that shows in answers. */
export interface Settings {
  readonly deniedStatus: number;
  readonly defaultAnswer: Form;
  readonly keepAliveMs: number;
}

/** What both sides have: of each way in which a policy may answer one. */
const POLICIES = `policies:
  uploads:
    limits:
      - {name: requests, capacity: 3, interval: 1h}
      - {name: volume, capacity: 1_000, window: 1d}
    overrides:
      - {keys: ["yes"], always: allow}
      - {keys: ["no"], always: deny}
  trial: {dryRun: true, limits: [{name: requests, capacity: 1, interval: 1h, cost: 1}]}
`;

export const DEFAULTS: Settings = {
  deniedStatus: 429,
  defaultAnswer: 'json',
  keepAliveMs: 75_000,
};

/** What came back on one connection. */
export interface Outcome {
  /** All bytes, a unit a byte, but for the dates. */
  readonly text: string;
  /** Requests that the lane answered itself. */
  readonly inLane: number;
}

/** Opens a connection to a side. Resolves with the client's end of it. */
export type Carry = (side: Pick<Side, 'open' | 'readsInPlace'>) => Promise<Duplex>;

interface Side {
  readonly readsInPlace: boolean;
  open(socket: Socket): void;
  closeIdle(): void;
  inLane(): number;
}

export class LanePair {
  readonly #withLane: Side;
  readonly #without: Side;
  readonly #carry: Carry;

  /**
   * `around` puts something between what asks and each side's table; `carry` what connections go
   * over.
   */
  constructor(
    settings: Settings = DEFAULTS,
    around: (limiter: Limiter) => Limiter = (limiter) => limiter,
    carry: Carry = async (side) => connect(side),
  ) {
    this.#carry = carry;
    this.#withLane = createSide(true, settings, around);
    this.#without = createSide(false, settings, around);
  }

  /** A connection by way of the lane, of which this is the client's end. */
  open(): { readonly client: Wire; readonly inLane: () => number } {
    const client = connect(this.#withLane);
    return { client, inLane: this.#withLane.inLane };
  }

  /** Ends what is idle, on the side of the lane. */
  closeIdle(): void {
    this.#withLane.closeIdle();
  }

  /** Sends the chunks, each by itself, then the end, to both. */
  async exchange(chunks: readonly Buffer[]): Promise<{ lane: Outcome; http: Outcome }> {
    const [lane, http] = await Promise.all([
      exchangeWith(this.#withLane, chunks, this.#carry),
      exchangeWith(this.#without, chunks, this.#carry),
    ]);
    return { lane, http };
  }
}

/** One end of a connection whose other end, as with a kernel in between, takes all at once. */
export class Wire extends Duplex {
  other: Wire | null = null;
  /** Whether it takes no more for now. */
  isFull = false;

  override _read(): void {}

  /** As a socket's. */
  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.other?.push(chunk);
    if (this.other?.isFull !== true) done();
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.other?.push(null);
    done(error);
  }
}

/** One that reads as a socket over the buffer of its thread does. Paused, it reads nothing. */
class InPlaceWire extends Wire implements InPlace {
  #receiver: Receiver | null = null;
  readonly #unread: (Buffer | null)[] = [];

  receiveInPlace(receiver: Receiver | null): void {
    this.#receiver = receiver;
  }

  override push(chunk: Buffer | null): boolean {
    this.#unread.push(chunk);
    this.#readOn();
    return true;
  }

  override resume(): this {
    setImmediate(() => this.#readOn());
    return super.resume();
  }

  #readOn(): void {
    while (this.#unread.length > 0 && !(this.#receiver !== null && this.isPaused())) {
      const chunk = this.#unread.shift() ?? null;
      if (chunk === null || this.#receiver === null) super.push(chunk);
      else lend(chunk, this.#receiver);
    }
  }
}

async function exchangeWith(side: Side, chunks: readonly Buffer[], carry: Carry): Promise<Outcome> {
  const before = side.inLane();
  const client = await carry(side);
  const text = answers(client);
  for (const chunk of chunks) {
    client.write(chunk);
    // Answers to what cannot be read are given a turn later, if the client is still there.
    for (let turn = 0; turn < TURNS_A_CHUNK; turn++) await new Promise(setImmediate);
  }
  client.end();
  return { text: await text, inLane: side.inLane() - before };
}

function connect(side: Pick<Side, 'open' | 'readsInPlace'>): Wire {
  const [client, server] = [new Wire(), side.readsInPlace ? new InPlaceWire() : new Wire()];
  client.other = server;
  server.other = client;
  side.open(server as unknown as Socket);
  return client;
}

/** Resolves when the server has ended its side. */
function answers(client: Duplex): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => resolve(text.replace(/^Date: .*\r$/gm, 'Date: -\r'));
    client.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    client.on('end', done).on('close', done).on('error', done);
  });
}

function createSide(
  hasLane: boolean,
  settings: Settings,
  around: (limiter: Limiter) => Limiter,
): Side {
  const cellMemory = Cells.reserve(1);
  const cells = new Cells(cellMemory, 0);
  const limiter = around(new LocalLimiter(reserveTable(1_000), cells));
  const state = new ServiceState(ServiceState.reserve(), 1_000_000);
  state.phase = 'serving';
  const clock = () => NOW_US;
  const replies = new Replies(cells, state);
  // Time for one piece more, and then none, by turns.
  let askedUs = 0;
  const turns = new Turns(() => {
    askedUs += TURN_US / 2;
    return askedUs;
  });
  const crossSite = new CrossSite({ replies, allowOrigins: 'https://allowed.test' });
  const clientBytes = clientBytesOf(cells);
  const { asker, book } = policiesOver(limiter, POLICIES);
  const reader = new RequestReader({ policies: book });
  const parts = {
    reader,
    limiter,
    asker,
    cells,
    clock,
    state,
    replies,
    turns,
    crossSite,
    clientBytes,
    caller: null,
  };
  const limitRoute = new LimitRoute({ ...parts, ...settings });
  const times = { ...TIMES, keepAliveMs: settings.keepAliveMs };
  const version = '0.0.0';
  const keys = () => limiter.size;
  const sources = { cells: cellMemory, version, maxKeys: 1_000, keys, isSharing: false };
  const routes = createRoutes({
    ...parts,
    limitRoute,
    batchRoute: new BatchRoute({ ...parts, allRoute: new AllRoute({ ...parts, ...settings }) }),
    resetRoute: new ResetRoute({ ...parts, adminGuard: forgetfulGuard('', cells) }),
    forwardRoute: new ForwardRoute({ ...parts, book }),
    envoyRoute: new EnvoyRoute({ ...parts, asker: envoyOver(limiter, []).asker }),
    exposition: new Exposition(sources),
    version,
    policySchema: '{}',
  });
  const fail = (error: unknown) => {
    throw error;
  };
  const app = createApp({ routes, crossSite, replies, fail });
  const hot = { limitRoute, hasLane: false };
  const http = new HttpServer({ ...parts, times, routes, hot, app });
  const open = (socket: Socket) => http.open(socket);
  const closeIdle = () => http.closeIdle();
  if (!hasLane) return { readsInPlace: false, open, closeIdle, inLane: () => 0 };
  let answered = 0;
  const lane = new Lane({
    ...parts,
    ...times,
    limitRoute,
    // Asked for once an answer.
    date: () => {
      answered++;
      return new Date(0).toUTCString();
    },
    handOver: open,
    timedOut: (socket) => socket.destroy(),
  });
  return {
    readsInPlace: true,
    open: (socket) => lane.open(socket),
    closeIdle: () => lane.closeIdle(),
    inLane: () => answered,
  };
}
