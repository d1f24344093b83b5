/**
 * The package as it is published: what it exports, its types, and the examples, run and checked.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Service, startService } from '../support/service.ts';
import { until } from './fake-service.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/.bin/tsc');
const run = promisify(execFile);

let folder: string;

/** A project of a user: the package as built, and beside it what only the examples need. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'argus-package-'));
  const installed = join(folder, 'node_modules/@argus-limit/argus');
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  // Whether the types are right is asked elsewhere, and takes five times as long.
  const build = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(installed, 'dist')];
  await run(TSC, build, { cwd: ROOT });
  for (const name of ['express', 'ioredis', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const examples = globSync('examples/*.{ts,sh}', { cwd: ROOT });
  for (const path of examples) cpSync(join(ROOT, path), join(folder, basename(path)));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What tsc has to say of files in the project of a user. */
async function faultsOf(
  files: string | readonly string[],
  ...flags: readonly string[]
): Promise<string> {
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', ...flags];
  return run(TSC, [...strict, '--allowImportingTsExtensions', ...[files].flat()], {
    cwd: folder,
  }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

describe('the types', () => {
  test('of every example are right', async () => {
    const examples = globSync('*.ts', { cwd: join(ROOT, 'examples') });
    expect(examples.length).toBeGreaterThan(4);
    expect(await faultsOf(examples, '--types', 'node', '--skipLibCheck')).toBe('');
  });

  test('of the examples in docs/ask/client.md are right, each with those before it', async () => {
    const page = readFileSync(join(ROOT, 'docs/ask/client.md'), 'utf8');
    const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
    expect(examples.length).toBeGreaterThan(1);
    writeFileSync(join(folder, 'page.ts'), examples.join(''));
    expect(await faultsOf('page.ts', '--types', 'node', '--skipLibCheck')).toBe('');
  });

  test('need neither those of Node nor those of Express', async () => {
    writeFileSync(
      join(folder, 'plain.ts'),
      `import { ArgusClient, BadQuestionError, keyOfAddress, rateLimit, rateLimitFetch, UnavailableError } from '@argus-limit/argus/client';
      const client = new ArgusClient({ url: 'http://argus' });
      const { allowed, error } = await client.limit({ key: 'k', capacity: 1, interval: 1 });
      export const known: [boolean, UnavailableError | undefined] = [allowed, error];
      export const limit = { capacity: 1, interval: 1 };
      export const middleware = rateLimit({ client, key: (req) => keyOfAddress(req.ip), limit });
      export const field = (bad: BadQuestionError) => bad.field?.length;
      const { by, limits } = await client.limit({ policy: 'p', key: 'k' });
      export const names: [string | null, string[]] = [by, limits.map(({ name }) => name)];
      export const { all } = await client.all([{ key: 'k', ...limit }, { policy: 'p', key: 'k' }]);
      export const waited: Promise<{ remaining: number }> = client.acquire({ key: 'k', ...limit });
      export const handler = rateLimitFetch<{ user: string }>({ client, key: ({ user }) => user, policy: 'p' });`,
    );
    expect(await faultsOf('plain.ts', '--types', '', '--lib', 'es2024')).toBe('');
  });

  test('are those of the web where there are such', async () => {
    writeFileSync(
      join(folder, 'web.ts'),
      `import { ArgusClient, rateLimitFetch } from '@argus-limit/argus/client';
      const client = new ArgusClient({ url: 'http://argus' });
      const limited = rateLimitFetch({ client, key: (request) => request.url, policy: 'p' });
      export const handler = (request: Request): Promise<Response> =>
        limited(request, () => new Response('hello'));
      const signal = AbortSignal.timeout(5);
      export const waited = client.acquire({ policy: 'p', key: 'k' }, { signal });`,
    );
    expect(await faultsOf('web.ts', '--types', '', '--lib', 'es2024,dom,dom.iterable')).toBe('');
    expect(await faultsOf('web.ts', '--types', 'node', '--skipLibCheck')).toBe('');
  });

  //  what is wrong
  const wrong = [
    "client.limit({ key: 'k', capacity: 1 })",
    "client.limit({ key: 'k', capacity: 1, interval: 1, unit: 'week' })",
    "client.limit({ key: 'k', capacity: 1, interval: 1, cots: 1 })",
    'client.limit({ key: 5, capacity: 1, interval: 1 })',
    "new ArgusClient({ url: 'http://argus', onError: 'ignore' })",
    'rateLimit({ client, key: (req) => req.ip, limit: { capacity: 1, interval: 1 } })',
    "client.limit({ policy: 'p', key: 'k', capacity: 1, interval: 1 })",
    "client.limit({ policy: 'p' })",
    "client.limit({ policy: 'p', key: 'k' }).then(({ remaining }) => remaining + 1)",
    "client.all({ policy: 'p', key: 'k' })",
    "client.settle({ policy: 'p', key: 'k' }, 5)",
    "client.acquire({ policy: 'p', key: 'k' }, { maxWait: 5 })",
    "rateLimit({ client, key: () => 'k' })",
    "rateLimit({ client, key: () => 'k', policy: 'p', limit: { capacity: 1, interval: 1 } })",
  ];
  test('do not let a mistake pass', async () => {
    const lines = wrong.map((code) => `// @ts-expect-error\nvoid ${code};`);
    const head = `import { ArgusClient, rateLimit } from '@argus-limit/argus/client';
      const client = new ArgusClient({ url: 'http://argus' });`;
    writeFileSync(join(folder, 'wrong.ts'), [head, ...lines].join('\n'));
    expect(await faultsOf('wrong.ts', '--types', '', '--lib', 'es2024')).toBe('');
  });
});

test('nothing of the package can be imported but what it exports', async () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: object;
  };
  expect(Object.keys(exports)).toEqual(['./client']);
  const script = "console.log(Object.keys(await import('@argus-limit/argus/client')).join(' '))";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
  });
  expect(stdout.trim().split(' ').toSorted()).toEqual([
    'ArgusClient',
    'ArgusError',
    'BadQuestionError',
    'NotAcquiredError',
    'UnauthorizedError',
    'UnavailableError',
    'keyOfAddress',
    'rateLimit',
    'rateLimitFetch',
  ]);
});

describe('the example', () => {
  let service: Service;
  let env: Record<string, string>;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    const respPort = await freePort();
    const policies = join(folder, 'policies.yaml');
    const limits = '[{name: tokens, capacity: 1_000, interval: 1h}]';
    writeFileSync(policies, `policies: {model: {limits: ${limits}}}\n`);
    const flags = ['--threads', '1', '--max-keys', '1000', '--policies', policies];
    service = await startService({ flags: [...flags, '--resp-port', String(respPort)] });
    env = {
      PATH: process.env['PATH'] ?? '',
      ARGUS_URL: service.url,
      ARGUS_RESP: `redis://127.0.0.1:${respPort}`,
    };
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    }
  });

  afterAll(async () => {
    await service.stop();
  });

  /** The lines that an example prints. */
  async function linesOf(command: string, file: string, more = {}): Promise<string[]> {
    const { stdout } = await run(command, [file], { cwd: folder, env: { ...env, ...more } });
    return stdout.trimEnd().split('\n');
  }

  test.each(['limit.ts', 'redis.ts'])('%s is allowed twice, then denied', async (file) => {
    const [first, second, third, ...more] = await linesOf(process.execPath, file);
    expect([first, second, more]).toEqual(['allowed, 1 left', 'allowed, 0 left', []]);
    expect(third).toMatch(/^denied for \d+(\.\d+)? s$/);
  });

  test('batch.ts has a decision for each call', async () => {
    expect(await linesOf(process.execPath, 'batch.ts')).toEqual([
      'bob: allowed',
      'carol: allowed',
      'bob: allowed',
      'bob: denied',
      'carol: allowed',
    ]);
  });

  //  which limit, more of its environment
  test.each([
    ['its own limit', {}],
    ['a policy', { ARGUS_POLICY: 'model' }],
  ])('model-tokens.ts settles with the difference, under %s', async (_, more) => {
    const lines = await linesOf(process.execPath, 'model-tokens.ts', more);
    // It is overdrawn by 20 then, and of a thousand tokens an hour 420 take some 25 minutes.
    expect(lines).toEqual([
      'asked for 400, took 120: 880 left',
      'asked for 400, took 900: 0 left',
      expect.stringMatching(/^denied for 1(4\d\d|5[01]\d)(\.\d+)? s$/),
    ]);
  });

  test('curl.sh is allowed twice, then denied', async () => {
    const lines = await linesOf('sh', 'curl.sh');
    const answers = lines.map((line) => /^\{"allowed":(\w+),.*\} (\d+)$/.exec(line)?.slice(1));
    expect(answers).toEqual([
      ['true', '200'],
      ['true', '200'],
      ['false', '429'],
    ]);
  });

  test('express.ts counts a search as two, and denies the fourth request', async () => {
    const port = String(await freePort());
    const child = spawn(process.execPath, ['express.ts'], {
      cwd: folder,
      env: { ...env, PORT: port },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await until(() => output === `listening on port ${port}\n`);
    const got: unknown[] = [];
    for (const path of ['/search', '/', '/search', '/']) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      const left = /r=(\d+)/.exec(answer.headers.get('RateLimit') ?? '')?.[1];
      got.push([answer.status, left, await answer.text()]);
    }
    expect(got).toEqual([
      [200, '3', 'hello\n'],
      [200, '2', 'hello\n'],
      [200, '0', 'hello\n'],
      [429, '0', expect.stringContaining('"title":"Too Many Requests"')],
    ]);
  });
});
