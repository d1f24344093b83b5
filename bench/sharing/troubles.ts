/** Redis for a fleet, and what can happen to it: each trouble begins, goes on, and ends. */
import { type BlackHole, startBlackHole } from '../../test/process/black-hole.ts';
import type { Program } from '../compare/program.ts';
import { startRedis } from '../compare/redis.ts';

export interface Trouble {
  readonly name: string;
  /** Where the instances find Redis. */
  readonly port: number;
  begin(): Promise<void>;
  /** Resolves when Redis is there again. */
  end(): Promise<void>;
}

export class FragileRedis {
  readonly #core: number | undefined;
  readonly #hole: BlackHole;
  #redis: Program;

  private constructor(core: number | undefined, redis: Program, hole: BlackHole) {
    this.#core = core;
    this.#redis = redis;
    this.#hole = hole;
  }

  static async start(core: number | undefined): Promise<FragileRedis> {
    const redis = await startRedis('redis-server', core);
    return new FragileRedis(core, redis, await startBlackHole(redis.port));
  }

  get troubles(): readonly Trouble[] {
    const { port } = this.#redis;
    return [
      {
        name: 'killed',
        port,
        begin: () => this.#signal('SIGKILL'),
        end: () => this.#startAgain(),
      },
      {
        name: 'frozen',
        port,
        begin: () => this.#signal('SIGSTOP'),
        end: () => this.#signal('SIGCONT'),
      },
      {
        name: 'black-holed',
        port: this.#hole.port,
        begin: () => this.#hole.turn('swallow'),
        end: () => this.#hole.turn('pass'),
      },
    ];
  }

  async stop(): Promise<void> {
    await this.#hole.stop();
    await this.#redis.stop();
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(this.#redis.pid, signal);
  }

  /** Empty, on the same port. */
  async #startAgain(): Promise<void> {
    this.#redis = await startRedis('redis-server', this.#core, this.#redis.port);
  }
}
