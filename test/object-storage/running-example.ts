/** Starts the processes of examples/object-storage/ as its README does, on free ports. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { AcceptedObject, Upload } from '../../examples/object-storage/upload.ts';
import { freePort } from '../support/free-port.ts';
import { runService, type Service } from '../support/service.ts';
import { FOLDER } from './example-queue.ts';

const PATIENCE_MS = 60_000;

// Several processes of Node a test, which a busy machine starts slowly.
vi.setConfig({ testTimeout: 2 * PATIENCE_MS, hookTimeout: 2 * PATIENCE_MS });

export const NGINX_CONF: string = readFileSync(`${FOLDER}nginx.conf`, 'utf8');

/** The example's own configuration, with the ports of a run. */
export function nginxConfig(port: number, gateways: readonly { readonly port: number }[]): string {
  const ports = [`listen ${port};`, ...gateways.map((one) => `127.0.0.1:${one.port} `)];
  return ['listen 4000;', '127.0.0.1:4001 ', '127.0.0.1:4002 '].reduce((text, shipped, i) => {
    expect(text.split(shipped)).toHaveLength(2);
    return text.replace(shipped, ports[i] as string);
  }, NGINX_CONF);
}

export interface Gateway extends Omit<Service, 'port' | 'url'> {
  readonly port: number;
  readonly url: string;
}

type Env = Readonly<Record<string, string>>;

/** Resolves once it is ready, or at least listens where that is all that is wanted. */
export async function startGateway(env: Env, wanted: 'ready' | 'listening' = 'ready') {
  const port = await freePort();
  const run = runService({
    script: `${FOLDER}gateway.ts`,
    env: { ...env, PORT: String(port) },
  });
  const gateway: Gateway = { ...run, port, url: `http://127.0.0.1:${port}` };
  await eventually('the gateway listens', () => run.output().includes('gateway on port'));
  if (wanted === 'ready') await untilHealthy(gateway, 200);
  return gateway;
}

export async function untilHealthy({ url }: Gateway, status: number): Promise<void> {
  await eventually(`healthz answers ${status}`, async () => {
    return (await fetch(`${url}/healthz`)).status === status;
  });
}

export async function startWorker(env: Env): Promise<Omit<Service, 'port' | 'url'>> {
  const run = runService({ script: `${FOLDER}worker.ts`, env });
  await eventually('the worker is ready', () => run.output().includes('worker ready'));
  return run;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The members of the JSON that every answer is. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends an upload, or any other body, with this query, over a connection of its own. */
export async function post(url: string, query: string, body: unknown): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}/object-storage${query}`, {
    method: 'POST',
    headers: { Connection: 'close' },
    body: text,
  });
  const members = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body: members };
}

export function expectProblem(reply: Reply, status: number, more: object): void {
  expect(reply).toMatchObject({ status, body: { type: 'about:blank', status, ...more } });
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

export function expectUnavailable(reply: Reply, words: string): void {
  expectProblem(reply, 503, { detail: `${words}; come back in 1 s` });
  expect(reply.headers.get('retry-after')).toBe('1');
}

export function anUpload(objectId: string, sizeInByte = 1_000_000): Upload {
  return { objectId, sizeInByte, bucketName: 'holiday', fileName: `${objectId} on the beach.jpg` };
}

export function anObject(id: string, change: Partial<AcceptedObject> = {}): AcceptedObject {
  return { ...anUpload(`object-${id}`, 1_000), id, userId: '1', ...change };
}

/** What lies in the store, by what it says of itself. Fails if half of anything is there. */
export function storedIn(folder: string): readonly AcceptedObject[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  const objects = files
    .filter((path) => path.endsWith('.json'))
    .map((path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as AcceptedObject);
  const wanted = objects.flatMap(({ bucketName, objectId }) => {
    return [`${bucketName}/${objectId}`, `${bucketName}/${objectId}.json`];
  });
  const [found, described] = [files.toSorted().join('\n'), wanted.toSorted().join('\n')];
  if (found !== described) throw new Error(`There is:\n${found}\nDescribed is:\n${described}`);
  for (const { bucketName, objectId, sizeInByte } of objects) {
    const { size } = statSync(join(folder, bucketName, objectId));
    if (size !== sizeInByte) throw new Error(`${objectId} has ${size} bytes of ${sizeInByte}`);
  }
  return objects;
}

/** Resolves when it holds. */
export async function eventually(
  words: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`This never came true: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
