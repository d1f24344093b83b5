/** The limiters that keep their counts in the process, each as its documents say it is used. */
import { type Ask, INTERVAL_MS, LIMIT, type Limiter, waitOf } from './limiter.ts';
import { type PackageName, type Packages, VERSIONS } from './packages.ts';

/** A middleware as Express calls it. */
type Middleware = (req: object, res: object, next: () => void) => Promise<void>;
export type ExpressRateLimit = { readonly rateLimit: (options: object) => Middleware };

/** Asks the middleware of express-rate-limit, whatever store it has. */
export function askExpress({ rateLimit }: ExpressRateLimit, store?: object): Ask {
  const middleware = rateLimit({
    windowMs: INTERVAL_MS,
    limit: LIMIT,
    legacyHeaders: true,
    keyGenerator: () => 'key',
    ...(store === undefined ? {} : { store }),
  });
  return async () => {
    const fields = new Map<string, unknown>();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const res = {
      headersSent: false,
      setHeader: (name: string, value: unknown) => fields.set(name.toLowerCase(), value),
      append: (name: string, value: unknown) => fields.set(name.toLowerCase(), value),
      status: () => res,
      send: () => resolve(false),
    };
    const req = { ip: '192.0.2.1', headers: {}, app: { get: () => false } };
    await middleware(req, res, () => resolve(true));
    return { passes: await promise, waitMs: waitOf(fields.get('retry-after')) };
  };
}

interface Flexible {
  consume(key: string, points: number): Promise<unknown>;
}

export function askFlexible(limiter: Flexible): Ask {
  return (cost) =>
    limiter.consume('key', cost).then(
      () => ({ passes: true, waitMs: null }),
      ({ msBeforeNext }: { msBeforeNext: number }) => ({ passes: false, waitMs: msBeforeNext }),
    );
}

function of(
  name: PackageName,
  more: Omit<Limiter, 'name' | 'version'> & { readonly part?: string },
): Limiter {
  const { part, ...rest } = more;
  return { name: part === undefined ? name : `${name}, ${part}`, version: VERSIONS[name], ...rest };
}

export async function inMemory(packages: Packages): Promise<readonly Limiter[]> {
  const express = await packages.load<ExpressRateLimit>('express-rate-limit');
  const flexible = await packages.load<{
    RateLimiterMemory: new (options: object) => Flexible;
  }>('rate-limiter-flexible');
  return [
    of('express-rate-limit', {
      kind: 'fixed window',
      hasCost: false,
      make: () => askExpress(express),
    }),
    of('rate-limiter-flexible', {
      part: 'RateLimiterMemory',
      kind: 'fixed window',
      hasCost: true,
      make: () =>
        askFlexible(
          new flexible.RateLimiterMemory({ points: LIMIT, duration: INTERVAL_MS / 1_000 }),
        ),
    }),
    ...(await limiterPackage(packages)),
    await bottleneck(packages),
    await fastify(packages),
    await hono(packages),
    await rolling(packages),
    await fast(packages),
  ];
}

interface Trying {
  tryRemoveTokens(count: number): boolean;
  content?: number;
}

async function limiterPackage(packages: Packages): Promise<readonly Limiter[]> {
  const { RateLimiter, TokenBucket } = await packages.load<{
    RateLimiter: new (options: object) => Trying;
    TokenBucket: new (options: object) => Trying;
  }>('limiter');
  const askOf = (limiter: Trying) => async (cost: number) => ({
    passes: limiter.tryRemoveTokens(cost),
    waitMs: null,
  });
  const rate = { tokensPerInterval: LIMIT, interval: INTERVAL_MS };
  return [
    of('limiter', {
      part: 'RateLimiter',
      kind: 'token bucket and a window',
      hasCost: true,
      make: () => askOf(new RateLimiter(rate)),
    }),
    of('limiter', {
      part: 'TokenBucket',
      kind: 'token bucket',
      hasCost: true,
      make: () => {
        const bucket = new TokenBucket({ bucketSize: LIMIT, ...rate });
        // It starts empty, as its documents say; here all start full.
        bucket.content = LIMIT;
        return askOf(bucket);
      },
    }),
  ];
}

async function bottleneck(packages: Packages): Promise<Limiter> {
  interface Queue {
    schedule(options: object, job: () => Promise<true>): Promise<true>;
  }
  type Constructor = (new (options: object) => Queue) & { strategy: { OVERFLOW: number } };
  const { default: Bottleneck } = await packages.load<{ default: Constructor }>('bottleneck');
  return of('bottleneck', {
    part: 'reservoir that is refreshed, no queue',
    kind: 'fixed window',
    hasCost: true,
    make: () => {
      const queue = new Bottleneck({
        reservoir: LIMIT,
        reservoirRefreshAmount: LIMIT,
        reservoirRefreshInterval: INTERVAL_MS,
        highWater: 0,
        strategy: Bottleneck.strategy.OVERFLOW,
      });
      return (cost) =>
        queue
          .schedule({ weight: cost }, async () => true)
          .then(
            () => ({ passes: true, waitMs: null }),
            () => ({ passes: false, waitMs: null }),
          );
    },
  });
}

async function fastify(packages: Packages): Promise<Limiter> {
  interface Answer {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, unknown>>;
  }
  interface App {
    register(plugin: unknown, options: object): Promise<void>;
    get(path: string, handler: () => string): void;
    inject(path: string): Promise<Answer>;
  }
  const { default: makeApp } = await packages.load<{ default: () => App }>('fastify');
  const { default: plugin } = await packages.load<{ default: unknown }>('@fastify/rate-limit');
  return of('@fastify/rate-limit', {
    kind: 'fixed window',
    hasCost: false,
    make: async () => {
      const app = makeApp();
      await app.register(plugin, { max: LIMIT, timeWindow: INTERVAL_MS });
      app.get('/', () => 'OK');
      return async () => {
        const { statusCode, headers } = await app.inject('/');
        return { passes: statusCode === 200, waitMs: waitOf(headers['retry-after']) };
      };
    },
  });
}

async function hono(packages: Packages): Promise<Limiter> {
  interface App {
    use(middleware: unknown): void;
    get(path: string, handler: (context: { text(body: string): Response }) => Response): void;
    request(path: string): Promise<Response>;
  }
  const { Hono } = await packages.load<{ Hono: new () => App }>('hono');
  const { rateLimiter } = await packages.load<{ rateLimiter: (options: object) => unknown }>(
    'hono-rate-limiter',
  );
  return of('hono-rate-limiter', {
    kind: 'fixed window',
    hasCost: false,
    make: () => {
      const app = new Hono();
      app.use(rateLimiter({ windowMs: INTERVAL_MS, limit: LIMIT, keyGenerator: () => 'key' }));
      app.get('/', (context) => context.text('OK'));
      return async () => {
        const { status, headers } = await app.request('/');
        return { passes: status === 200, waitMs: waitOf(headers.get('retry-after')) };
      };
    },
  });
}

async function rolling(packages: Packages): Promise<Limiter> {
  interface Info {
    readonly blocked: boolean;
    readonly millisecondsUntilAllowed: number;
  }
  const { InMemoryRateLimiter } = await packages.load<{
    InMemoryRateLimiter: new (options: object) => { limitWithInfo(id: string): Promise<Info> };
  }>('rolling-rate-limiter');
  return of('rolling-rate-limiter', {
    part: 'InMemoryRateLimiter',
    kind: 'sliding log',
    hasCost: false,
    make: () => {
      const limiter = new InMemoryRateLimiter({ interval: INTERVAL_MS, maxInInterval: LIMIT });
      return async () => {
        const { blocked, millisecondsUntilAllowed } = await limiter.limitWithInfo('key');
        return { passes: !blocked, waitMs: blocked ? millisecondsUntilAllowed : null };
      };
    },
  });
}

async function fast(packages: Packages): Promise<Limiter> {
  const { FastRateLimit } = await packages.load<{
    FastRateLimit: new (options: object) => { consumeSync(namespace: string): boolean };
  }>('fast-ratelimit');
  return of('fast-ratelimit', {
    kind: 'fixed window',
    hasCost: false,
    make: () => {
      const limiter = new FastRateLimit({ threshold: LIMIT, ttl: INTERVAL_MS / 1_000 });
      return async () => ({ passes: limiter.consumeSync('key'), waitMs: null });
    },
  });
}
