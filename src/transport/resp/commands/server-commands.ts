/** What clients ask of a server before they trust it, and DEL, which resets keys. */
import type { Grant } from '../../../access/grant.ts';
import { RESP } from '../../../metrics/cells.ts';
import { NO_ADMIN_TOKEN } from '../../access/admin-token.ts';
import { lacks, refusalOfKey } from '../../question/refusal.ts';
import {
  type Command,
  type CommandParts,
  faultOfKeyAt,
  fits,
  forbid,
  refuseCount,
  refuseSubcommand,
} from './command.ts';
import type { Session } from './session.ts';

/** What the protocol is spoken like; there is nothing else of a Redis here. */
const REDIS_VERSION = '7.0.0';

const STORE_AWAY = 'ERR the store that the instances share is away';
const NEEDS_AUTH = 'NOAUTH Authentication required: AUTH with the ADMIN_TOKEN of the service.';

/** What benchmarks ask about how data is kept: it is not. */
const CONFIG: Readonly<Record<string, string>> = { save: '', appendonly: 'no' };

export class ServerCommands {
  /** The commands that this class obeys. */
  readonly commands: readonly Command[] = [
    {
      name: 'info',
      arity: -1,
      summary: 'Tells what the server is',
      run: () => this.#info(),
    },
    {
      name: 'command',
      arity: -1,
      summary: 'Lists the commands',
      run: (session) => this.#command(session),
    },
    {
      name: 'config',
      arity: -2,
      summary: 'Answers GET for save and appendonly',
      run: (session) => this.#config(session),
    },
    {
      name: 'del',
      arity: -2,
      firstKey: 1,
      summary: 'Fills the buckets of keys, for whoever has shown a token for that',
      run: (session, nowUs) => this.#del(session, nowUs),
    },
  ];
  readonly #parts: CommandParts;
  readonly #all: ReadonlyMap<string, Command>;

  /** `all`: every command by its name, perhaps not filled yet. */
  constructor(parts: CommandParts, all: ReadonlyMap<string, Command>) {
    this.#parts = parts;
    this.#all = all;
  }

  #info(): void {
    const { replies, limiter, serviceVersion } = this.#parts;
    const lines = [
      '# Server',
      `redis_version:${REDIS_VERSION}`,
      'redis_mode:standalone',
      `argus_version:${serviceVersion}`,
      '',
      '# Persistence',
      'loading:0',
      '',
      '# Replication',
      'role:master',
      'connected_slaves:0',
      '',
      '# Keyspace',
      `db0:keys=${limiter.size},expires=0,avg_ttl=0`,
      '',
    ];
    replies.bulk(lines.join('\r\n'));
  }

  #command(session: Session): void {
    const { args, replies } = this.#parts;
    if (args.count === 1) {
      this.#describeAll();
    } else if (args.isWord(1, 'COUNT')) {
      replies.integer(this.#all.size);
    } else if (args.isWord(1, 'INFO')) {
      this.#commandInfo(session);
    } else if (args.isWord(1, 'DOCS')) {
      this.#commandDocs(session);
    } else {
      refuseSubcommand(this.#parts, 'COMMAND');
    }
  }

  #commandInfo(session: Session): void {
    const { args, replies } = this.#parts;
    if (args.count === 2) {
      this.#describeAll();
      return;
    }
    replies.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const command = this.#all.get(args.latin1(i).toLowerCase());
      if (command === undefined) replies.nothing(session.version);
      else this.#describe(command);
    }
  }

  #commandDocs({ version }: Session): void {
    const { args, replies } = this.#parts;
    const found = new Set<Command>(args.count === 2 ? this.#all.values() : []);
    for (let i = 2; i < args.count; i++) {
      const command = this.#all.get(args.latin1(i).toLowerCase());
      if (command !== undefined) found.add(command);
    }
    replies.map(found.size, version);
    for (const { name, summary } of found) {
      replies.bulk(name);
      replies.map(2, version);
      replies.bulk('summary');
      replies.bulk(summary);
      replies.bulk('group');
      replies.bulk('generic');
    }
  }

  #describeAll(): void {
    this.#parts.replies.array(this.#all.size);
    for (const command of this.#all.values()) this.#describe(command);
  }

  /** Name, arity, flags, first key, last key, step; and four lists that are empty here. */
  #describe({ name, arity, firstKey = 0 }: Command): void {
    const { replies } = this.#parts;
    replies.array(10);
    replies.bulk(name);
    replies.integer(arity);
    replies.array(1);
    replies.simple('fast');
    replies.integer(firstKey);
    replies.integer(name === 'del' ? -1 : firstKey);
    replies.integer(Math.sign(firstKey));
    for (let lists = 0; lists < 4; lists++) replies.array(0);
  }

  #config({ version }: Session): void {
    const { args, replies } = this.#parts;
    if (!args.isWord(1, 'GET')) {
      refuseSubcommand(this.#parts, 'CONFIG');
      return;
    }
    if (!fits(-3, args.count)) {
      refuseCount(this.#parts, 'config|get');
      return;
    }
    const found = new Set<string>();
    for (let i = 2; i < args.count; i++) {
      const name = args.latin1(i).toLowerCase();
      for (const known of Object.keys(CONFIG)) {
        if (name === known || name === '*') found.add(known);
      }
    }
    replies.map(found.size, version);
    for (const name of found) {
      replies.bulk(name);
      replies.bulk(CONFIG[name] as string);
    }
  }

  /** Answers how many of the keys had a bucket to fill. All keys are sound, or none is reset. */
  #del(session: Session, nowUs: number): void {
    const { args, replies, limiter } = this.#parts;
    const { grant } = session;
    if (!grant.has('reset')) {
      this.#refuseReset(grant);
      return;
    }
    const keys = new Set<string>();
    for (let i = 1; i < args.count; i++) {
      const key = args.key(i);
      if (key === null) {
        replies.refuse('bad_field', `ERR ${faultOfKeyAt(args, i)}`);
        return;
      }
      const refusal = refusalOfKey(grant, key);
      if (refusal !== null) {
        forbid(this.#parts, refusal);
        return;
      }
      keys.add(key);
    }
    const resets = Array.from(keys, (key) => limiter.reset(key, nowUs));
    if (resets.every((reset) => typeof reset === 'boolean')) this.#tellResets(resets);
    else replies.later(Promise.all(resets), (all) => this.#tellResets(all));
  }

  #refuseReset(grant: Grant): void {
    const { replies, cells, tokenGuard } = this.#parts;
    if (tokenGuard.book.isOpen) {
      const words = tokenGuard.isSet ? NEEDS_AUTH : `NOPERM ${NO_ADMIN_TOKEN}`;
      cells.refuseAccess(RESP, 'no_token');
      replies.refuse('unauthorized', words);
    } else forbid(this.#parts, { reason: 'forbidden', fault: lacks(grant, 'reset') });
  }

  #tellResets(resets: readonly (boolean | null)[]): void {
    const { replies } = this.#parts;
    const undone = resets.filter((reset) => reset === null).length;
    if (undone === 0) replies.integer(resets.filter((reset) => reset).length);
    else if (undone === resets.length) replies.fail(`${STORE_AWAY}: nothing was reset`);
    else replies.fail(`${STORE_AWAY}: ${undone} of ${resets.length} keys were not reset`);
  }
}
