/**
 * Holds the OpenAPI documents of the port of decisions and of that of operators against the running
 * service, by cases that schemathesis makes of them.
 *
 *   npm run contract                     100 cases an operation and phase
 *   npm run contract -- -n 1000 --seed 5 with these options of schemathesis
 *
 * Takes the schemathesis of the environment variable SCHEMATHESIS or of the path; where there is
 * none it installs one for this run, from where pip installs from. Each service is started on a
 * free port of 127.0.0.1 and stopped again. Ends in an error where the two disagree.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { type Service, startService } from '../support/service.ts';

const VERSION = '4.32.5';
const HOOKS = fileURLToPath(new URL('hooks.py', import.meta.url));
const POLICIES = fileURLToPath(new URL('rules', import.meta.url));
/** However many cases are asked for: a run that hangs ends then. */
const RUN_WITHIN_MS = 1_800_000;
const TOKEN = 'a-token';
const SHOWN = [`Authorization: Bearer ${TOKEN}`];
/** Of operators: answers that go on as long as somebody listens, or that take half a minute. */
const LONG = ['--exclude-path-regex', '^/(v1/events|debug/pprof/)'];

interface Setting {
  readonly words: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
  /** Whether it is the port of operators that is asked. */
  readonly isAdmin?: true;
}

/** One of each kind that changes what is answered, or what the document says. */
const SETTINGS: readonly Setting[] = [
  { words: 'as it comes', env: {}, headers: [] },
  {
    words: 'with an ADMIN_TOKEN',
    env: { ADMIN_TOKEN: TOKEN },
    headers: SHOWN,
  },
  {
    words: 'with denials of 403, as text',
    env: { DENIED_STATUS: '403', DEFAULT_ANSWER: 'text', HTTP_LANE: 'off' },
    headers: [],
  },
  { words: 'as operators have it', env: { ADMIN_TOKEN: TOKEN }, headers: SHOWN, isAdmin: true },
];

process.exitCode = await main(process.argv.slice(2));

async function main(options: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-contract-'));
  const services: Service[] = [];
  process.once('exit', () => {
    for (const service of services) service.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  const program = installed() ?? install(folder);
  if (program === null) return 2;
  const failed: string[] = [];
  for (const { words, env, headers, isAdmin } of SETTINGS) {
    console.log(`\n=== The service ${words}`);
    const flags = ['--threads', '1', '--policies', POLICIES];
    const adminPort = isAdmin ? await freePort() : 0;
    const service = await startService({
      flags: [...flags, '--admin-port', String(adminPort)],
      env,
    });
    services.push(service);
    const url = isAdmin ? `http://127.0.0.1:${adminPort}` : service.url;
    const more = [...flagsOf(headers), ...(isAdmin ? LONG : []), ...options];
    if (!(await holds(program, folder, url, more))) failed.push(words);
    if ((await service.stop('SIGINT')) !== 0) failed.push(`${words}: it ended in an error`);
  }
  console.log(failed.length === 0 ? '\nThey agree.' : `\nThey do not agree: ${failed.join('; ')}`);
  return failed.length === 0 ? 0 : 1;
}

function flagsOf(headers: readonly string[]): string[] {
  return headers.flatMap((header) => ['--header', header]);
}

/** Whether it runs to its end in time and finds nothing. */
async function holds(
  program: string,
  folder: string,
  url: string,
  more: readonly string[],
): Promise<boolean> {
  const flags = ['--max-examples', '100', '--continue-on-failure', '--request-timeout', '10'];
  const child = spawn(program, ['run', `${url}/openapi.json`, ...flags, ...more], {
    // It leaves reports and what it has learned where it is run.
    cwd: folder,
    env: { ...process.env, SCHEMATHESIS_HOOKS: HOOKS, NO_COLOR: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_WITHIN_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return code === 0;
}

function installed(): string | null {
  const program = process.env['SCHEMATHESIS'] ?? 'schemathesis';
  return spawnSync(program, ['--version']).status === 0 ? program : null;
}

/** Null where that cannot be done, which it has said then. */
function install(folder: string): string | null {
  const venv = join(folder, 'venv');
  const steps = [
    ['python3', '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', `schemathesis==${VERSION}`],
  ] as const;
  for (const [command, ...args] of steps) {
    const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    console.error(`Cannot install schemathesis: ${error?.message ?? `${command} failed`}`);
    console.error('Install it from PyPI yourself, or say where it is: SCHEMATHESIS=…');
    return null;
  }
  return join(venv, 'bin/schemathesis');
}
