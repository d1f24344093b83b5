/**
 * The threads of one instance: started together, watched, and closed together.
 *
 * A thread that fails may have held a lock and left what it guards half written. So no thread is
 * ever restarted: `failed` is called, and ends the process.
 */
import type { Socket } from 'node:net';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type {
  FromDecider,
  FromExchangerThread,
  Ports,
  ProtocolName,
  ThreadData,
  ToDecider,
  ToExchangerThread,
} from './thread-messages.ts';

export interface ThreadScripts {
  readonly decider: URL;
  readonly rebalancer: URL;
  readonly exchanger: URL;
}

export interface WorkersParts {
  /** What every thread gets, but for its row of the cells and its ports. */
  readonly data: Omit<ThreadData, 'row' | 'ports'>;
  readonly deciders: number;
  readonly scripts: ThreadScripts;
  readonly failed: (thread: string, error: unknown) => void;
}

/** Rows of the cells for this many deciders: one each, the rebalancer's and the exchanger's. */
export function rowsFor(deciders: number): number {
  return deciders + 2;
}

/** How long the exchanger may take to give leases back. Then they end by themselves. */
const GIVE_BACK_MS = 500;

export class Workers {
  /** Resolves once every decider can be told to listen or be handed connections. */
  readonly started: Promise<unknown>;
  readonly #parts: WorkersParts;
  readonly #deciders: Worker[];
  readonly #exchanger: Worker | null;
  #next = 0;
  #closing = false;

  constructor(parts: WorkersParts) {
    this.#parts = parts;
    const { decider, rebalancer, exchanger } = parts.scripts;
    const count = parts.deciders;
    this.#start('the rebalancer', rebalancer, count);
    const channels =
      parts.data.store === null ? [] : Array.from({ length: count }, () => new MessageChannel());
    const ports = channels.map(({ port1 }) => port1);
    this.#exchanger =
      parts.data.store === null ? null : this.#start('the exchanger', exchanger, count + 1, ports);
    this.#deciders = Array.from({ length: count }, (_, row) => {
      const channel = channels[row];
      return this.#start(`decider ${row}`, decider, row, channel ? [channel.port2] : []);
    });
    this.started = Promise.all([
      ...this.#deciders.map((worker) => answer(worker, 'started')),
      // So that the first questions find the store there, if it is.
      this.#exchanger && answer(this.#exchanger, 'tried'),
    ]);
  }

  /** Resolves once every decider listens; rejects with the system's error where one cannot. */
  async listen(ports: Ports): Promise<void> {
    await this.#ask({ kind: 'listen', ports }, 'listening');
  }

  /** Hands a connection that nothing has read from to the decider whose turn it is. */
  handOn(protocol: ProtocolName, socket: Socket): void {
    const decider = this.#deciders[this.#next] as Worker;
    this.#next = (this.#next + 1) % this.#deciders.length;
    // Node's sockets are transferable, which its types do not know.
    const transfer = [socket] as unknown as ArrayBuffer[];
    decider.postMessage({ kind: 'connection', protocol, socket } satisfies ToDecider, transfer);
  }

  /** Resolves when every decider has given its last answer. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#ask({ kind: 'close' }, 'closed');
    await this.#drain();
  }

  /** Gives leases back to the store, once nobody can spend from them any more. */
  async #drain(): Promise<void> {
    if (this.#exchanger === null) return;
    const drained = answer(this.#exchanger, 'drained');
    this.#exchanger.postMessage({ kind: 'drain' } satisfies ToExchangerThread);
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, GIVE_BACK_MS))]);
  }

  async #ask(question: ToDecider, wanted: FromDecider['kind']): Promise<void> {
    const answers = this.#deciders.map((decider) => answer(decider, wanted));
    for (const decider of this.#deciders) decider.postMessage(question);
    await Promise.all(answers);
  }

  #start(name: string, script: URL, row: number, ports: MessagePort[] = []): Worker {
    const workerData: ThreadData = { ...this.#parts.data, row, ports };
    const worker = new Worker(script, { workerData, transferList: ports });
    worker.on('error', (error) => this.#parts.failed(name, error));
    worker.on('exit', (code) => {
      if (!this.#closing) this.#parts.failed(name, new Error(`it ended with code ${code}`));
    });
    return worker;
  }
}

/** Waits for this kind of message. */
function answer(
  thread: Worker,
  wanted: FromDecider['kind'] | FromExchangerThread['kind'],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromDecider | FromExchangerThread) => {
      if (message.kind === 'cannot-listen') {
        const { code, port } = message;
        reject(Object.assign(new Error(code), { code, port }));
      }
      if (message.kind !== wanted) return;
      thread.off('message', listen);
      resolve();
    };
    thread.on('message', listen);
  });
}
