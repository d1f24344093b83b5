/**
 * The load, in a process of its own: a few connections, each with so many calls in flight. It looks
 * into every answer: whether it is allowed, denied, or neither.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectByTls } from 'node:tls';
import { monotonicUs } from '../../src/lib/clock.ts';
import { answerWith } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import { type Call, callsAbout, numbered, OPENING, verdictAt, type Words } from './calls.ts';
import { Durations } from './durations.ts';
import { HttpCaller, questionsAbout } from './http-caller.ts';
import { commandsAbout, RespCaller } from './resp-caller.ts';

export interface GrpcQuestion {
  readonly port: number;
  /** How the server there is asked; but over gRPC one question of a connection at a time. */
  readonly words: Words | 'http' | 'resp';
  /** Its process. */
  readonly pid?: number;
  /** Who vouches for the server, in PEM; left out, it is asked without TLS. */
  readonly ca?: string;
  readonly connections: number;
  readonly inFlight: number;
  readonly keys: number;
  readonly seconds: number;
}

export interface GrpcAnswer {
  readonly allowed: number;
  readonly denied: number;
  /** Answers that are neither, and calls that were reset. */
  readonly wrong: number;
  readonly seconds: number;
  /** Of the server's process, once all connections were there. */
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const GOAWAY = 7;
const END_STREAM = 1;
const HEAD_BYTES = 9;
const PREFIX_BYTES = 5;

interface Asked {
  readonly words: Words;
  readonly inFlight: number;
  readonly first: number;
  readonly calls: readonly Call[];
}

class Caller {
  allowed = 0;
  denied = 0;
  wrong = 0;
  isStopping = false;
  readonly #socket: Socket;
  readonly #calls: readonly Call[];
  readonly #words: Words;
  readonly #durations: Durations;
  readonly #inFlight: number;
  readonly #out: Buffer;
  /** When each call in flight was sent, by its number. */
  readonly #sentUs = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);
  #nextId = 1;
  #nextKey: number;
  readonly done: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor(socket: Socket, { words, inFlight, first, calls }: Asked, durations: Durations) {
    this.#socket = socket;
    this.#words = words;
    this.#calls = calls;
    this.#inFlight = inFlight;
    this.#nextKey = first;
    this.#durations = durations;
    this.#out = Buffer.alloc(inFlight * ((calls[0] as Call).bytes.length + 64));
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    socket
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('error', () => undefined)
      .on('close', () => this.#resolve());
    socket.write(OPENING);
    this.#send();
  }

  /** As many as may be in flight, in one piece. */
  #send(): void {
    const nowUs = monotonicUs();
    let at = 0;
    while (!this.isStopping && this.#sentUs.size < this.#inFlight) {
      const call = this.#calls[this.#nextKey++ % this.#calls.length] as Call;
      at = numbered(call, this.#nextId, this.#out, at);
      this.#sentUs.set(this.#nextId, nowUs);
      this.#nextId += 2;
    }
    if (at > 0) this.#socket.write(Buffer.from(this.#out.subarray(0, at)));
    if (this.isStopping && this.#sentUs.size === 0) this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowUs = monotonicUs();
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.#frame(bytes, at, nowUs);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.#send();
  }

  #frame(bytes: Buffer, at: number, nowUs: number): void {
    const type = bytes[at + 3];
    const id = bytes.readUInt32BE(at + 5);
    const isEnd = ((bytes[at + 4] as number) & END_STREAM) !== 0;
    if (type === DATA) this[verdictAt(bytes, at + HEAD_BYTES + PREFIX_BYTES, this.#words)]++;
    if (type === RST_STREAM || type === GOAWAY) this.wrong++;
    const isOver = (type === HEADERS && isEnd) || type === RST_STREAM;
    const sentUs = this.#sentUs.get(id);
    if (!isOver || sentUs === undefined) return;
    this.#sentUs.delete(id);
    this.#durations.add(nowUs - sentUs);
  }
}

type Asking = Caller | HttpCaller | RespCaller;

async function connected({ port, ca, words }: GrpcQuestion): Promise<Socket> {
  const at = { port, host: '127.0.0.1' };
  if (ca === undefined) {
    const socket = connect({ ...at, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }
  const alpn = words === 'envoy' ? { ALPNProtocols: ['h2'] } : {};
  const socket = connectByTls({ ...at, ca, ...alpn }).setNoDelay();
  await once(socket, 'secureConnect');
  return socket;
}

/** Made once for each way of asking: as many as there are keys. */
const made = new Map<string, readonly Call[] | readonly Buffer[]>();

function madeFor<One>(name: string, keys: number, make: () => readonly One[]): readonly One[] {
  let all = made.get(name) as readonly One[] | undefined;
  if (all?.length !== keys) {
    all = make();
    made.set(name, all as readonly Call[] | readonly Buffer[]);
  }
  return all;
}

function callerOn(
  socket: Socket,
  { words, inFlight, keys }: GrpcQuestion,
  first: number,
  durations: Durations,
): Asking {
  if (words === 'resp') {
    const commands = madeFor(words, keys, () => commandsAbout(keys));
    return new RespCaller(socket, commands, first, durations);
  }
  if (words === 'http') {
    const questions = madeFor(words, keys, () => questionsAbout(keys));
    return new HttpCaller(socket, questions, first, durations);
  }
  const calls = madeFor(words, keys, () => callsAbout(keys, words));
  return new Caller(socket, { words, inFlight, first, calls }, durations);
}

answerWith(async (question: GrpcQuestion): Promise<GrpcAnswer> => {
  const { connections, keys, seconds } = question;
  const durations = new Durations();
  const sockets: Socket[] = [];
  for (let i = 0; i < connections; i++) sockets.push(await connected(question));
  const { pid = Number.NaN } = question;
  const before = cpuSeconds(pid);
  const fromUs = monotonicUs();
  const callers = sockets.map((socket, i) =>
    callerOn(socket, question, Math.floor((i * keys) / connections), durations),
  );
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  for (const caller of callers) caller.isStopping = true;
  await Promise.all(callers.map(({ done }) => done));
  const sum = (of: (caller: Asking) => number) =>
    callers.reduce((total, caller) => total + of(caller), 0);
  return {
    allowed: sum(({ allowed }) => allowed),
    denied: sum(({ denied }) => denied),
    wrong: sum(({ wrong }) => wrong),
    seconds: (monotonicUs() - fromUs) / 1_000_000,
    cpuSeconds: cpuSeconds(pid) - before,
    p50Ms: durations.quantileMs(0.5),
    p99Ms: durations.quantileMs(0.99),
  };
});
