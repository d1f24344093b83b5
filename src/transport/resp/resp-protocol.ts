/** The Redis protocol on the connections of one decider. */
import type { Socket } from 'node:net';
import { threadId } from 'node:worker_threads';
import type { Config } from '../../config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Cells } from '../../metrics/cells.ts';
import type { PolicyParts } from '../../policies/asking.ts';
import type { TokenGuard } from '../access/token-guard.ts';
import { checkEveryMs } from '../connection/check-every.ts';
import type { ClientBytes } from '../connection/client-bytes.ts';
import type { Protocol } from '../connection/listener.ts';
import type { Turns } from '../connection/turns.ts';
import { Interpreter } from './interpreter.ts';
import { Connection, type ConnectionParts } from './resp-connection.ts';

export interface RespParts {
  readonly config: Config;
  readonly version: string;
  readonly limiter: Limiter;
  readonly policies: PolicyParts;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly tokenGuard: TokenGuard;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
}

/** In Redis' words, which clients know. */
const CROWDED = '-ERR max number of clients reached\r\n';

/** How long a client that is sent away may take to read why. */
const LINGER_MS = 1_000;

/** More than there are threads: no two connections have one number. */
const MOST_THREADS = 1_024;

export class RespServer implements Protocol {
  readonly #parts: ConnectionParts;
  readonly #keepAliveMs: number;
  readonly #connections = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  #opened = 0;

  constructor(parts: RespParts) {
    const { config, version, limiter, policies, cells, clock, tokenGuard, turns, clientBytes } =
      parts;
    const { requestTimeoutMs, keepAliveMs } = config;
    const interpreter = new Interpreter({
      limiter,
      policies,
      cells,
      tokenGuard,
      serviceVersion: version,
      hasTime: () => turns.hasTime(),
    });
    this.#parts = { interpreter, cells, clock, requestTimeoutMs, turns, clientBytes };
    this.#keepAliveMs = keepAliveMs;
    this.#timer = setInterval(() => this.#checkTimes(), checkEveryMs(requestTimeoutMs)).unref();
  }

  open(socket: Socket): void {
    // Nothing else ends a resting connection whose client is gone without a word.
    socket.setKeepAlive(true, this.#keepAliveMs);
    this.#opened++;
    const connection = new Connection(socket, this.#opened * MOST_THREADS + threadId, this.#parts);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** There are no probes here: it is told why, and closed. */
  openBeyond(socket: Socket, refused: () => void): void {
    refused();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    // Closed while the client still writes, it would be reset, and the answer be lost with it.
    socket
      .on('error', () => socket.destroy())
      .on('data', () => undefined)
      .once('end', () => socket.destroy())
      .once('close', () => clearTimeout(timer))
      .end(CROWDED);
    socket.resume();
  }

  closeIdle(): void {
    for (const connection of this.#connections) connection.closeIdle();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #checkTimes(): void {
    const nowUs = this.#parts.clock();
    for (const connection of this.#connections) connection.checkTime(nowUs);
  }
}
