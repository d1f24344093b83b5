/** One limit before a page, by each middleware that there is, and what a request gets. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import {
  type PolicyRateLimitOptions,
  type RateLimitOptions,
  rateLimit,
  rateLimitFetch,
} from '../../src/client/client.ts';

/** What keys are made of, whatever a request is. */
type AnyRequest = Pick<Request, 'headers'> | express.Request;
export type Options = RateLimitOptions<AnyRequest> | PolicyRateLimitOptions<AnyRequest>;

export interface Got {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
  /** RateLimit-Policy, RateLimit and Retry-After, those that there are. */
  readonly fields: Readonly<Record<string, string>>;
  /** What came to whoever deals with errors; null where nothing did. */
  readonly error: unknown;
  /** Whether the page was asked for. */
  readonly passed: boolean;
}

export type Get = (options: Options, headers?: Readonly<Record<string, string>>) => Promise<Got>;

const FIELDS = ['ratelimit-policy', 'ratelimit', 'retry-after'];

export const MIDDLEWARES: readonly (readonly [string, Get])[] = [
  ['rateLimit()', getByExpress],
  ['rateLimitFetch()', getByFetch],
];

async function getByExpress(options: Options, headers = {}): Promise<Got> {
  const app = express();
  let passed = false;
  let error: unknown = null;
  app.use(rateLimit<AnyRequest>(options));
  app.get('/', (_req, res) => {
    passed = true;
    res.send('hello');
  });
  const report: ErrorRequestHandler = (thrown: unknown, _req, res, _next) => {
    error = thrown;
    res.status(500).send('sorry');
  };
  app.use(report);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
  const got = await gotFrom(answer);
  server.closeAllConnections();
  server.close();
  return { ...got, error, passed };
}

async function getByFetch(options: Options, headers = {}): Promise<Got> {
  let passed = false;
  let error: unknown = null;
  const limited = rateLimitFetch<AnyRequest>(options);
  const page = () => {
    passed = true;
    return new Response('hello');
  };
  const answer = await limited(new Request('http://app/', { headers }), page).catch((thrown) => {
    error = thrown;
    return new Response('sorry', { status: 500 });
  });
  return { ...(await gotFrom(answer)), error, passed };
}

async function gotFrom(answer: Response): Promise<Omit<Got, 'error' | 'passed'>> {
  const there = FIELDS.filter((name) => answer.headers.has(name));
  const fields = Object.fromEntries(there.map((name) => [name, answer.headers.get(name) ?? '']));
  const type = answer.headers.get('content-type');
  return { status: answer.status, type, body: await answer.text(), fields };
}
