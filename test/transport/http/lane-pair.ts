/**
 * The lane and node:http side by side: two servers over tables of their own, at one time that
 * stands still, to be fed the same bytes. What one answers and the other does not is a difference.
 */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TokenTerms } from '../../../src/access/grant.ts';
import { TokenBook } from '../../../src/access/token-book.ts';
import type { Limiter } from '../../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { Cells, HTTP } from '../../../src/metrics/cells.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
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
import { TokenGate } from '../../../src/transport/http/core/token-gate.ts';
import { createApp } from '../../../src/transport/http/express-app.ts';
import { HttpServer } from '../../../src/transport/http/http-server.ts';
import { createRoutes } from '../../../src/transport/http/routes.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { envoyOver } from '../../envoy/envoy-scene.ts';
import { policiesOver } from '../../policies/policy-scene.ts';
import { forgetfulGuard } from '../access/token-guards.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { InPlaceWire, Wire } from './wires.ts';

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

export interface PairOptions {
  /** Puts something between what asks and each side's table. */
  readonly around?: (limiter: Limiter) => Limiter;
  /** Those in force; null where nobody needs one. */
  readonly tokens?: readonly TokenTerms[] | null;
  /** What connections go over. */
  readonly carry?: Carry;
}

interface Side {
  readonly tokens: TokenBook;
  readonly readsInPlace: boolean;
  open(socket: Socket): void;
  closeIdle(): void;
  inLane(): number;
}

export class LanePair {
  readonly #withLane: Side;
  readonly #without: Side;
  readonly #carry: Carry;

  constructor(settings: Settings = DEFAULTS, options: PairOptions = {}) {
    const { around = (limiter) => limiter, tokens = null } = options;
    this.#carry = options.carry ?? (async (side) => connect(side));
    this.#withLane = createSide(true, settings, { around, tokens });
    this.#without = createSide(false, settings, { around, tokens });
  }

  /** Puts these tokens in force, on both sides. */
  replaceTokens(tokens: readonly TokenTerms[]): void {
    for (const side of [this.#withLane, this.#without]) side.tokens.replace(tokens);
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
  { around, tokens: terms }: Required<Omit<PairOptions, 'carry'>>,
): Side {
  const cellMemory = Cells.reserve(1);
  const cells = new Cells(cellMemory, 0);
  const limiter = around(new LocalLimiter(reserveTable(1_000), cells));
  const state = new ServiceState(ServiceState.reserve(), 1_000_000);
  state.phase = 'serving';
  const clock = () => NOW_US;
  const replies = new Replies(cells, state);
  const turns = briefTurns();
  const crossSite = new CrossSite({ replies, allowOrigins: 'https://allowed.test' });
  const clientBytes = clientBytesOf(cells);
  const { asker, book } = policiesOver(limiter, POLICIES);
  const reader = new RequestReader({ policies: book });
  const tokens = new TokenBook(terms);
  const gates = gatesOf(tokens, replies, cells);
  const parts = {
    ...gates,
    reader,
    tokens,
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
    resetRoute: new ResetRoute(parts),
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
  const hot = { limitRoute, hasLane: false, tokens };
  const http = new HttpServer({ ...parts, times, routes, hot, app });
  const open = (socket: Socket) => http.open(socket);
  const closeIdle = () => http.closeIdle();
  if (!hasLane) return { tokens, readsInPlace: false, open, closeIdle, inLane: () => 0 };
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
    tokens,
    readsInPlace: true,
    open: (socket) => lane.open(socket),
    closeIdle: () => lane.closeIdle(),
    inLane: () => answered,
  };
}

/** What lets in, on one side. */
function gatesOf(tokens: TokenBook, replies: Replies, cells: Cells) {
  const tokenGuard = forgetfulGuard('', cells, tokens);
  const rights = ['ask', 'refund'] as const;
  return { tokenGuard, gate: new TokenGate({ tokenGuard, replies, cells, place: HTTP, rights }) };
}

/** With time for one piece more, and then none, by turns. */
function briefTurns(): Turns {
  let askedUs = 0;
  return new Turns(() => {
    askedUs += TURN_US / 2;
    return askedUs;
  });
}
