/**
 * The service as the image runs it: process 1 of its namespace, asked by the image's HEALTHCHECK,
 * ended by a signal. No Docker engine is needed for that.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { healthcheckCommand } from './deployment.ts';
import { read } from './deployment-facts.ts';
import { hasNoNamespaces, type ProcessOne, startAsProcessOne } from './process-one.ts';

/** Not built: the image runs the same from dist/. */
const MAIN = 'src/main.ts';
const SMALL = ['--threads', '1', '--max-keys', '1000', '--resp-port', '0'];

const running: ProcessOne[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.kill();
});

async function start(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessOne> {
  const one = await startAsProcessOne(command, env);
  running.push(one);
  return one;
}

/** What the image's HEALTHCHECK says, run as Docker runs it. */
function healthcheck(one: ProcessOne): { code: number | null; output: string } {
  const [program, ...rest] = healthcheckCommand(read('Dockerfile'));
  expect(program).toBe('node');
  return one.exec(...rest.map((word) => (word === 'dist/main.js' ? MAIN : word)));
}

describe.skipIf(process.platform !== 'linux' || hasNoNamespaces())('in a container', () => {
  //  flags, variables; PORT stands for a free one
  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['its port by a flag', ['--port', 'PORT'], {}],
    ['its port by a flag that wins over a variable', ['--port=PORT'], { PORT: '1' }],
    ['its port by a variable', [], { PORT: 'PORT' }],
    ['its port by a variable with ARGUS_', [], { ARGUS_PORT: 'PORT', PORT: '1' }],
    ['IPv6 everywhere', ['--host', '::', '--port', 'PORT'], {}],
    ['IPv6 at one address', ['--host', '::1'], { PORT: 'PORT' }],
    ['one address of IPv4', ['--port', 'PORT'], { HOST: '127.0.0.2' }],
    ['a host by its name', ['--port', 'PORT'], { HOST: 'localhost' }],
  ])('the HEALTHCHECK finds it: %s', async (_, flags, env) => {
    const port = String(await freePort());
    const filled = Object.entries(env).map(([name, value]) => [name, value.replace('PORT', port)]);
    const words = flags.map((flag) => flag.replace('PORT', port));
    const one = await start(
      [process.execPath, MAIN, ...SMALL, ...words],
      Object.fromEntries(filled),
    );
    expect(one.port).toBe(Number(port));
    expect(healthcheck(one)).toMatchObject({ code: 0, output: expect.stringContaining(port) });
  });

  test('the HEALTHCHECK finds it behind another process 1', async () => {
    const port = String(await freePort());
    const script = `${process.execPath} ${MAIN} ${SMALL.join(' ')} --port ${port} & wait`;
    const one = await start(['sh', '-c', script]);
    expect(healthcheck(one)).toMatchObject({ code: 0 });
  });

  test('the HEALTHCHECK fails where it does not answer', async () => {
    const port = String(await freePort());
    const one = await start([process.execPath, MAIN, ...SMALL, '--port', port]);
    one.signal('SIGSTOP');
    const { code, output } = healthcheck(one);
    expect([code, output]).toEqual([
      1,
      `argus: nothing alive at 0.0.0.0 port ${port}: no answer in 2000 ms\n`,
    ]);
  });

  test.each([
    ['node', [process.execPath, MAIN]],
    ['npm start', ['npm', 'start', '--']],
  ])('SIGTERM to process 1 drains it: %s', async (_, command) => {
    const flags = ['--port', String(await freePort()), '--drain-delay-ms', '1500'];
    const one = await start([...command, ...SMALL, ...flags]);
    one.signal('SIGTERM');
    while ((await get(one, '/readyz')).status !== 503) await sleep(10);
    expect((await get(one, '/livez')).status).toBe(200);
    expect(await one.ended).toBe(0);
  });
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
