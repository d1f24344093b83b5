/**
 * The threads of one instance: started together, watched, and closed together.
 *
 * A thread that fails may have held a lock and left what it guards half written. So no thread is
 * ever restarted: `failed` is called, and ends the process.
 */
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { FromDecider, Ports, ProtocolName, ThreadData, ToDecider } from './messages.ts';

export interface ThreadScripts {
  readonly decider: URL;
  readonly rebalancer: URL;
}

export interface WorkersParts {
  /** What every thread gets, but for its row of the cells. */
  readonly data: Omit<ThreadData, 'row'>;
  readonly deciders: number;
  readonly scripts: ThreadScripts;
  readonly failed: (thread: string, error: unknown) => void;
}

/** Rows of the cells for this many deciders: one each, and the rebalancer's. */
export function rowsFor(deciders: number): number {
  return deciders + 1;
}

export class Workers {
  /** Resolves once every decider can be told to listen or be handed connections. */
  readonly started: Promise<unknown>;
  readonly #parts: WorkersParts;
  readonly #deciders: Worker[];
  #next = 0;
  #closing = false;

  constructor(parts: WorkersParts) {
    this.#parts = parts;
    const { decider, rebalancer } = parts.scripts;
    this.#start('the rebalancer', rebalancer, parts.deciders);
    this.#deciders = Array.from({ length: parts.deciders }, (_, row) =>
      this.#start(`decider ${row}`, decider, row),
    );
    this.started = Promise.all(this.#deciders.map((worker) => answer(worker, 'started')));
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
  }

  async #ask(question: ToDecider, wanted: FromDecider['kind']): Promise<void> {
    const answers = this.#deciders.map((decider) => answer(decider, wanted));
    for (const decider of this.#deciders) decider.postMessage(question);
    await Promise.all(answers);
  }

  #start(name: string, script: URL, row: number): Worker {
    const workerData: ThreadData = { ...this.#parts.data, row };
    const worker = new Worker(script, { workerData });
    worker.on('error', (error) => this.#parts.failed(name, error));
    worker.on('exit', (code) => {
      if (!this.#closing) this.#parts.failed(name, new Error(`it ended with code ${code}`));
    });
    return worker;
  }
}

/** Waits for this kind of message. */
function answer(decider: Worker, wanted: FromDecider['kind']): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromDecider) => {
      if (message.kind === 'cannot-listen') {
        const { code, port } = message;
        reject(Object.assign(new Error(code), { code, port }));
      }
      if (message.kind !== wanted) return;
      decider.off('message', listen);
      resolve();
    };
    decider.on('message', listen);
  });
}
