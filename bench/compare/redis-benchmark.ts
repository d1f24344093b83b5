/** Runs redis-benchmark and reads what it prints. */
import { pinnedTo } from '../support/pinned.ts';
import { outputOf } from './web-load.ts';

export const CONNECTIONS = 50;
const KEYS = 100_000;
/** What it replaces by the number of a key, twelve digits long. */
export const SOME_KEY = 'user:__rand_int__';

const MOST_MS = 60_000;

export interface RedisQuestion {
  readonly port: number;
  readonly command: readonly string[];
  readonly requests: number;
  readonly pipelined: number;
}

export interface RedisAnswer {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class RedisBenchmark {
  readonly #command: readonly string[];

  constructor(path: string, core: number | undefined) {
    this.#command = [...pinnedTo(core), path];
  }

  /** Rejects where an answer is an error: redis-benchmark ends at the first. */
  async run({ port, command, requests, pipelined }: RedisQuestion): Promise<RedisAnswer> {
    const load = ['-n', requests, '-c', CONNECTIONS, '-P', pipelined, '-r', KEYS].map(String);
    const flags = ['-h', '127.0.0.1', '-p', String(port), ...load, '--csv'];
    const csv = await outputOf([...this.#command, ...flags, ...command], MOST_MS);
    const [names = [], values = []] = csv.trimEnd().split('\n').map(cellsOf);
    const number = (name: string): number => {
      const value = Number(values[names.indexOf(name)] ?? Number.NaN);
      if (Number.isNaN(value)) throw new Error(`redis-benchmark says nothing of ${name}:\n${csv}`);
      return value;
    };
    return {
      perSecond: number('rps'),
      p50Ms: number('p50_latency_ms'),
      p99Ms: number('p99_latency_ms'),
    };
  }
}

/** Cells are all in quotes and have none within. */
function cellsOf(line: string): readonly string[] {
  return line.replace(/^"|"$/g, '').split('","');
}
