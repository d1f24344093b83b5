/**
 * What a Node user would otherwise run: the same question over HTTP, decided by a library under
 * Express. `--library` is express-rate-limit or rate-limiter-flexible, `--redis-port` puts the
 * latter's counts into Redis.
 *
 * Express is as lean as its settings make it: no ETag, no X-Powered-By.
 */
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { CAPACITY, INTERVAL_S } from './questions.ts';

const DENIED_STATUS = 429;

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    library: { type: 'string' },
    'redis-port': { type: 'string' },
  },
});

const app = express().disable('x-powered-by').disable('etag');
app.post('/api/v1/limit', express.json(), ...handlers());
const server = app.listen(Number(values.port), values.host ?? '127.0.0.1', () => {
  console.log(`serving on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
server.keepAliveTimeout = 75_000;
process.on('SIGINT', () => process.exit(0));

function handlers(): RequestHandler[] {
  if (values.library === 'rate-limiter-flexible') return [withFlexible()];
  if (values.library === 'express-rate-limit') return withExpressRateLimit();
  throw new Error(`--library must be one named at the top of this file, is ${values.library}`);
}

function keyOf(req: Request): string {
  return (req.body as { key: string }).key;
}

function withExpressRateLimit(): RequestHandler[] {
  const limiter = rateLimit({
    windowMs: INTERVAL_S * 1_000,
    limit: CAPACITY,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    handler: (_req, res) => {
      res.status(DENIED_STATUS).json({ allowed: false });
    },
  });
  return [limiter, (_req, res) => void res.json({ allowed: true })];
}

function withFlexible(): RequestHandler {
  const limit = { points: CAPACITY, duration: INTERVAL_S };
  const redisPort = values['redis-port'];
  const limiter =
    redisPort === undefined
      ? new RateLimiterMemory(limit)
      : new RateLimiterRedis({ ...limit, storeClient: new Redis(Number(redisPort)) });
  return async (req, res) => {
    try {
      answer(res, true, await limiter.consume(keyOf(req)));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      answer(res, false, error);
    }
  };
}

function answer(res: Response, allowed: boolean, found: RateLimiterRes): void {
  const { remainingPoints, msBeforeNext } = found;
  res.status(allowed ? 200 : DENIED_STATUS);
  res.set('RateLimit-Policy', `"default";q=${CAPACITY};w=${INTERVAL_S}`);
  res.set('RateLimit', `"default";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1_000)}`);
  res.json({
    allowed,
    limit: CAPACITY,
    remaining: remainingPoints,
    retryAfterMs: allowed ? 0 : msBeforeNext,
    resetAfterMs: msBeforeNext,
  });
}
