/** What a client says of itself first: HELLO, AUTH, CLIENT and the like. */
import { NOTHING } from '../../../access/grant.ts';
import { RESP } from '../../../metrics/cells.ts';
import type { Verdict } from '../../access/token-guard.ts';
import { shortened } from '../wire/reply-writer.ts';
import { type Command, type CommandParts, fits, refuseCount, refuseSubcommand } from './command.ts';
import type { Session } from './session.ts';

const MOST_NAME_BYTES = 256;
/** Who everybody is to clients, whatever token they show. */
const USER = 'default';

const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';
const BAD_TRACKING =
  'ERR CLIENT TRACKING must be ON OPTIN, or OFF: there are no values here to keep a copy of';
const BAD_DATABASE = 'ERR DB index is out of range: there is one database, 0';
const AUTH_WITHOUT_TOKEN =
  'ERR AUTH <password> called without any password configured for the default user: ' +
  'the service has no ADMIN_TOKEN';
const HELLO_NEEDS_AUTH =
  'NOAUTH HELLO must be called with the client already authenticated, ' +
  'otherwise the HELLO <proto> AUTH <user> <pass> option can be used';
const WRONG_TOKEN = 'WRONGPASS invalid username-password pair or user is disabled.';
const TOO_MANY_TOKENS =
  'ERR too many wrong tokens from this address lately: this one was not looked at, try again';
/** No greeting and no error above is longer, whatever the version. */
const MOST_GREETING_BYTES = 512;

/** Subcommands of CLIENT, and how many arguments each takes, both words included. */
const CLIENT_ARITIES: Readonly<Record<string, number>> = {
  id: 2,
  info: 2,
  getname: 2,
  setname: 3,
  setinfo: 4,
  tracking: -3,
  'no-evict': 3,
  'no-touch': 3,
};

export class ConnectionCommands {
  readonly commands: readonly Command[] = [
    {
      name: 'hello',
      arity: -1,
      summary: 'Agrees on the version of the protocol',
      needsNoToken: true,
      inTransaction: 'refused',
      run: (session) => this.#hello(session),
    },
    {
      name: 'auth',
      arity: -2,
      summary: 'Shows a token',
      needsNoToken: true,
      inTransaction: 'refused',
      run: (session) => this.#auth(session),
    },
    {
      name: 'client',
      arity: -2,
      summary: 'Says and asks what this connection is',
      run: (session) => this.#client(session),
    },
    {
      name: 'ping',
      arity: -1,
      summary: 'Answers PONG, or what it was given',
      run: () => this.#ping(),
    },
    {
      name: 'echo',
      arity: 2,
      summary: 'Answers what it was given',
      run: () => this.#parts.replies.bulk(this.#parts.args.latin1(1)),
    },
    {
      name: 'select',
      arity: 2,
      summary: 'There is one database, 0',
      run: () => this.#select(),
    },
    {
      name: 'reset',
      arity: 1,
      summary: 'Forgets what this connection has said',
      needsNoToken: true,
      inTransaction: 'at once',
      run: (session) => {
        session.reset();
        this.#parts.replies.simple('RESET');
      },
    },
    {
      name: 'quit',
      arity: -1,
      summary: 'Ends the connection',
      needsNoToken: true,
      inTransaction: 'at once',
      run: (session) => {
        session.isOver = true;
        this.#parts.replies.simple('OK');
      },
    },
  ];
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  /** HELLO [version [AUTH user token] [SETNAME name]]: all of it holds, or nothing. */
  #hello(session: Session): void {
    const { args, replies } = this.#parts;
    const asked = args.count > 1 ? args.integer(1) : session.version;
    if (Number.isNaN(asked)) {
      replies.refuse('bad_field', 'ERR Protocol version is not an integer or out of range');
      return;
    }
    if (asked !== 2 && asked !== 3) {
      replies.refuse('bad_field', 'NOPROTO unsupported protocol version');
      return;
    }
    let name = session.name;
    let shown: string | null = null;
    for (let i = 2; i < args.count; ) {
      if (args.isWord(i, 'AUTH') && i + 2 < args.count) {
        // Whoever has the token is whom it is for: users have no part in that.
        shown = args.latin1(i + 2);
        i += 3;
      } else if (args.isWord(i, 'SETNAME') && i + 1 < args.count) {
        name = args.latin1(i + 1);
        if (!this.#isName(name)) return;
        i += 2;
      } else {
        const words = `ERR Syntax error in HELLO option '${shortened(args.latin1(i))}'`;
        replies.refuse('bad_field', words);
        return;
      }
    }
    const hold = () => {
      session.version = asked;
      session.name = name;
      this.#greet(session);
    };
    if (shown === null && session.grant === NOTHING) this.#refuseHello();
    else if (shown === null) hold();
    else this.#show(session, shown, hold);
  }

  #refuseHello(): void {
    this.#parts.cells.refuseAccess(RESP, 'no_token');
    this.#parts.replies.refuse('unauthorized', HELLO_NEEDS_AUTH);
  }

  #greet({ id, version }: Session): void {
    const { replies, serviceVersion } = this.#parts;
    replies.map(7, version);
    replies.bulk('server');
    replies.bulk('argus');
    replies.bulk('version');
    replies.bulk(serviceVersion);
    replies.bulk('proto');
    replies.integer(version);
    replies.bulk('id');
    replies.integer(id);
    replies.bulk('mode');
    replies.bulk('standalone');
    replies.bulk('role');
    replies.bulk('master');
    replies.bulk('modules');
    replies.array(0);
  }

  /** AUTH token, or AUTH user token. */
  #auth(session: Session): void {
    const { args, replies } = this.#parts;
    if (args.count > 3) {
      refuseCount(this.#parts, 'auth');
      return;
    }
    this.#show(session, args.latin1(args.count - 1), () => replies.simple('OK'));
  }

  /** Shows a token to the guard. Where it is right, `go` replies; else an error does. */
  #show(session: Session, token: string, go: () => void): void {
    const { tokenGuard, cells, replies } = this.#parts;
    if (!tokenGuard.isSet) {
      replies.refuse('unauthorized', AUTH_WITHOUT_TOKEN);
      return;
    }
    const tell = (verdict: Verdict) => {
      session.isWaiting = false;
      if (typeof verdict === 'string') {
        cells.refuseAccess(RESP, 'wrong_token');
        replies.refuse('unauthorized', verdict === 'wrong' ? WRONG_TOKEN : TOO_MANY_TOKENS);
      } else {
        session.pass = verdict;
        go();
      }
    };
    const verdict = tokenGuard.check({ token, address: session.address, place: RESP });
    if (verdict instanceof Promise) {
      session.isWaiting = true;
      replies.later(verdict, tell, MOST_GREETING_BYTES);
    } else tell(verdict);
  }

  /** Where it is not one, says so. */
  #isName(name: string): boolean {
    if (/^[!-~]*$/.test(name) && name.length <= MOST_NAME_BYTES) return true;
    this.#parts.replies.refuse('bad_field', BAD_NAME);
    return false;
  }

  #client(session: Session): void {
    const { args, replies } = this.#parts;
    const name = args.latin1(1).toLowerCase();
    const arity = Object.hasOwn(CLIENT_ARITIES, name) ? CLIENT_ARITIES[name] : undefined;
    if (arity === undefined) {
      refuseSubcommand(this.#parts, 'CLIENT');
      return;
    }
    if (!fits(arity, args.count)) {
      refuseCount(this.#parts, `client|${name}`);
      return;
    }
    switch (name) {
      case 'id':
        replies.integer(session.id);
        break;
      case 'info':
        replies.bulk(infoOf(session));
        break;
      case 'getname':
        if (session.name === '') replies.nothing(session.version);
        else replies.bulk(session.name);
        break;
      case 'setname':
        if (!this.#isName(args.latin1(2))) return;
        session.name = args.latin1(2);
        replies.simple('OK');
        break;
      case 'tracking':
        this.#track();
        break;
      default:
        // Said for lists of clients, and for what is evicted: there is neither.
        replies.simple('OK');
    }
  }

  /** Only as clients open with it. Nothing is cached that could change: nothing is ever told. */
  #track(): void {
    const { args, replies } = this.#parts;
    const isKnown = args.isWord(2, 'ON') && args.count === 4 && args.isWord(3, 'OPTIN');
    if (isKnown || (args.isWord(2, 'OFF') && args.count === 3)) replies.simple('OK');
    else replies.refuse('bad_field', BAD_TRACKING);
  }

  #ping(): void {
    const { args, replies } = this.#parts;
    if (args.count === 1) replies.simple('PONG');
    else if (args.count === 2) replies.bulk(args.latin1(1));
    else refuseCount(this.#parts, 'ping');
  }

  #select(): void {
    const { args, replies } = this.#parts;
    const database = args.integer(1);
    if (database === 0) replies.simple('OK');
    else if (Number.isNaN(database)) {
      replies.refuse('bad_field', 'ERR value is not an integer or out of range');
    } else replies.refuse('bad_field', BAD_DATABASE);
  }
}

function infoOf({ id, name, version, grant }: Session): string {
  const admin = grant.has('admin') ? 1 : 0;
  return `id=${id} name=${name} db=0 resp=${version} admin=${admin} user=${USER}\n`;
}
