/**
 * The load, in a process of its own: requests at a given rate, each sent when its time has come,
 * whatever became of those before it.
 *
 * They go to the instances in turn, over connections that are kept. One has a single request under
 * way: where all of an instance's are taken, the next waits for one. What still waits at the end is
 * not sent.
 */
import { LIMIT_PATH } from '../../src/contract/paths.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { answerWith } from '../support/child.ts';
import { randomIndexes } from '../support/keys.ts';
import { range, sum } from '../support/statistics.ts';
import { Connection } from './connection.ts';
import type { Sample } from './samples.ts';

/** Keys that are asked for under one limit, each as often as any other. */
export interface KeyGroup {
  readonly name: string;
  readonly keys: number;
  readonly capacity: number;
  /** In seconds. */
  readonly interval: number;
}

export interface LoadQuestion {
  /** Of the instances, on this machine. */
  readonly ports: readonly number[];
  readonly connectionsEach: number;
  /** Requests a second, to all instances together. */
  readonly rate: number;
  readonly seconds: number;
  /** They take turns. */
  readonly groups: readonly KeyGroup[];
  readonly seed: number;
}

export interface LoadAnswer {
  /** Of all that was sent, in the order in which it was to be. */
  readonly samples: readonly Sample[];
  readonly unsent: number;
  /** CPU time over time: near 1 it is the load that limits the rate. */
  readonly busy: number;
}

/** Where it stands in `HTTP/1.1 200 OK`. */
const STATUS_FROM = 9;
const STATUS_TO = 12;
const TICK_MS = 1;
const ANSWER_WITHIN_US = 3_000_000;

answerWith(async (question: LoadQuestion): Promise<LoadAnswer> => {
  const load = new PacedLoad(question);
  try {
    await load.open();
    return await load.run();
  } finally {
    load.close();
  }
});

class PacedLoad {
  readonly #question: LoadQuestion;
  readonly #requests: readonly (readonly Request[])[];
  readonly #instances: readonly Instance[];
  readonly #samples: Sample[] = [];
  readonly #randomKey: () => number;

  constructor(question: LoadQuestion) {
    const { groups, ports, connectionsEach, seed } = question;
    this.#question = question;
    this.#requests = groups.map(requestsOf);
    this.#instances = ports.map((port) => new Instance(port, connectionsEach));
    this.#randomKey = randomIndexes(seed, Math.max(...groups.map(({ keys }) => keys)));
  }

  async open(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.open()));
  }

  async run(): Promise<LoadAnswer> {
    const { rate, seconds } = this.#question;
    const cpu = process.cpuUsage();
    const startUs = monotonicUs();
    const all = Math.floor(rate * seconds);
    for (let begun = 0; begun < all; await sleep(TICK_MS)) {
      const due = Math.min(all, Math.floor(((monotonicUs() - startUs) * rate) / 1_000_000));
      for (; begun < due; begun++) this.#begin(begun, startUs + (begun * 1_000_000) / rate);
    }
    const unsent = sum(this.#instances.map((instance) => instance.callOff()));
    const deadlineUs = monotonicUs() + ANSWER_WITHIN_US;
    while (this.#instances.some(({ isBusy }) => isBusy) && monotonicUs() < deadlineUs) {
      await sleep(TICK_MS);
    }
    const { user, system } = process.cpuUsage(cpu);
    const busy = (user + system) / (monotonicUs() - startUs);
    return { samples: this.#samples.filter(({ sentUs }) => sentUs > 0), unsent, busy };
  }

  close(): void {
    for (const instance of this.#instances) instance.close();
  }

  #begin(number: number, dueUs: number): void {
    const instance = number % this.#instances.length;
    const turn = Math.floor(number / this.#instances.length);
    const group = this.#requests[turn % this.#requests.length] as readonly Request[];
    const { key, bytes } = group[this.#randomKey() % group.length] as Request;
    const sample = { instance, key, dueUs, sentUs: 0, receivedUs: 0, status: 0 };
    this.#samples.push(sample);
    this.#instances[instance]?.ask({ sample, bytes });
  }
}

interface Request {
  readonly key: string;
  readonly bytes: Buffer;
}

interface Asked {
  readonly sample: Sample;
  readonly bytes: Buffer;
}

/** One instance, as the load sees it: its connections, and what waits for one of them. */
class Instance {
  readonly #connections: readonly Connection[];
  readonly #idle: Connection[];
  readonly #underWay = new Map<Connection, Sample>();
  readonly #waiting: Asked[] = [];

  constructor(port: number, connections: number) {
    this.#connections = range(connections).map(() => {
      const connection: Connection = new Connection(port, (answer) => {
        this.#receive(connection, answer);
      });
      return connection;
    });
    this.#idle = [...this.#connections];
  }

  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  async open(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.open()));
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  ask(asked: Asked): void {
    // The one that has been idle longest: the service ends those that never ask anything.
    const connection = this.#idle.shift();
    if (connection === undefined) this.#waiting.push(asked);
    else this.#send(connection, asked);
  }

  /** Sends none of those that wait. Returns how many did. */
  callOff(): number {
    return this.#waiting.splice(0).length;
  }

  #send(connection: Connection, { sample, bytes }: Asked): void {
    this.#underWay.set(connection, sample);
    sample.sentUs = monotonicUs();
    connection.ask(bytes);
  }

  #receive(connection: Connection, answer: string): void {
    const sample = this.#underWay.get(connection) as Sample;
    this.#underWay.delete(connection);
    sample.receivedUs = monotonicUs();
    sample.status = Number(answer.slice(STATUS_FROM, STATUS_TO));
    sample.source = /"source":"([\w-]+)"/.exec(answer)?.[1] as Sample['source'];
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else this.#send(connection, next);
  }
}

function requestsOf({ name, keys, capacity, interval }: KeyGroup): readonly Request[] {
  return range(keys).map((i) => {
    const key = keys === 1 ? name : `${name} ${i}`;
    const body = JSON.stringify({ key, capacity, interval });
    const head = `POST ${LIMIT_PATH} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.length}\r\n\r\n`;
    return { key, bytes: Buffer.from(head + body) };
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
