/**
 * What the command `argus` does: serves, asks a service whether it is alive, reads policies, makes
 * a token, or prints a text.
 */

import type { Environment } from './config/environment.ts';
import { type CommandLine, ENVOY_DEFAULTS, readCommand, version } from './config.ts';
import { isAlive } from './health/alive.ts';
import { runningService } from './health/running-service.ts';

/** A wrong flag or setting, or a Node that is too old: trying again does not mend it. */
const WRONG = 2;

/** `argv` without the runtime and the script, which is `script`. */
export async function run(
  argv: readonly string[],
  env: Environment,
  script: string,
): Promise<void> {
  const [word, ...rest] = argv;
  if (word === 'health') return health(rest, env, script);
  if (word === 'token') return token(rest);
  if (word === 'check' || word === 'explain') return policies(word, rest);
  const command = await serviceCommand(argv, env);
  if (command.kind !== 'serve') return say(command);
  const { config } = command;
  // Loaded late: a health check every few seconds has no use for a whole service.
  const { createLog } = await import('./lib/log.ts');
  const { supervise } = await import('./threads/supervisor.ts');
  await supervise({ config, version: version(), log: createLog(config.logLevel) });
}

/** Files are only looked into where it depends on them which ports are opened. */
async function serviceCommand(argv: readonly string[], env: Environment): Promise<CommandLine> {
  const command = readCommand(argv, env);
  if (command.kind !== 'serve' || command.config.policies === '') return command;
  const { hasDomains } = await import('./policies/file/find-domains.ts');
  const isOfEnvoy = await hasDomains(command.config.policies);
  return isOfEnvoy ? readCommand(argv, env, ENVOY_DEFAULTS) : command;
}

/** Of a service with these flags and variables; without flags, of the one that runs here. */
async function health(argv: readonly string[], env: Environment, script: string): Promise<void> {
  const running = argv.length === 0 ? runningService(script) : null;
  const command = readCommand(running?.argv ?? argv, running?.env ?? env);
  if (command.kind !== 'serve') return say(command);
  const { ok, words } = await isAlive(command.config);
  console[ok ? 'log' : 'error'](`argus: ${words}`);
  process.exitCode = ok ? 0 : 1;
}

/** What a file of policies says; loaded for that alone. */
async function policies(word: 'check' | 'explain', argv: readonly string[]): Promise<void> {
  const { status, text } = await (await import('./policies/file/commands.ts'))[word](argv);
  console[status === 0 ? 'log' : 'error'](text);
  process.exitCode = status;
}

/** The line for the file goes where it can be appended to it, and the token itself never does. */
async function token(argv: readonly string[]): Promise<void> {
  const made = (await import('./access/file/new-token.ts')).newToken(argv);
  if (made.ok) {
    console.log(made.line);
    console.error(`The token, which is shown this once: ${made.token}`);
  } else {
    console.error(`argus: ${made.words}`);
    process.exitCode = WRONG;
  }
}

function say(command: Exclude<CommandLine, { kind: 'serve' }>): void {
  switch (command.kind) {
    case 'print':
      console.log(command.text);
      break;
    case 'error':
      console.error(`argus: ${command.line}`);
      process.exitCode = WRONG;
      break;
    default:
      command satisfies never;
  }
}
