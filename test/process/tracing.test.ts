/**
 * Spans of a service that shares its limits through Redis, as a collector receives them: whichever
 * way was asked, they belong to the trace that the caller has shown.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  exchange,
  fiveADay,
  freshKey,
  type Headers,
  LIMIT_PATH,
  members,
  request,
} from '../support/ask.ts';
import {
  type GrpcService,
  questionAbout,
  RateLimitClient,
  startGrpc,
} from '../support/grpc-service.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import type { Answer } from '../support/raw-http.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { isMissing } from '../support/resp-tools.ts';
import { startService } from '../support/service.ts';
import { Collector } from '../tracing/collector.ts';
import { until } from './shared-services.ts';

const POLICIES = `policies:
  api:
    limits: [{name: all, capacity: 5, interval: 1d}]
    forward: {key: ['header:X-Key']}
`;
const RULES =
  'domain: d\ndescriptors:\n  - {key: k, rate_limit: {unit: day, requests_per_unit: 5}}\n';

let lastTrace = 0;
/** A trace of its own, of a caller whose span this is. */
const PARENT_SPAN = 'b7ad6b7169203331';
function freshTrace(): { readonly id: string; readonly fields: Headers } {
  const id = (++lastTrace).toString(16).padStart(32, 'a');
  return { id, fields: { traceparent: `00-${id}-${PARENT_SPAN}-01`, tracestate: 'vendor=x' } };
}

describe.skipIf(isMissing('redis-server'))('spans', () => {
  let redis: RedisServer;
  let collector: Collector;
  let service: GrpcService;
  const policies = new PoliciesFile(POLICIES);
  const rules = new PoliciesFile(RULES);
  beforeAll(async () => {
    redis = await startRedis();
    collector = await Collector.start();
    service = await startGrpc({
      flags: ['--threads', '1', '--policies', policies.path, '--redis-url', redis.url],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_SERVICE_NAME: 'limits',
        OTEL_BSP_SCHEDULE_DELAY: '50',
      },
    });
  });
  afterAll(async () => {
    await service?.stop();
    await redis?.stop();
    collector?.stop();
    policies.remove();
    rules.remove();
  });

  async function spanOf(trace: string) {
    await until(() => collector.spans.some(({ traceId }) => traceId === trace));
    return collector.spans.find(({ traceId }) => traceId === trace);
  }

  function post(path: string, body: object, fields: Headers): Promise<Answer> {
    const text = JSON.stringify(body);
    const head = { 'Content-Length': String(text.length), ...fields };
    return exchange(service, request('POST', path, head) + text);
  }

  //  the way, what is sent
  test.each<[string, (fields: Headers) => Promise<unknown>]>([
    ['the lane', (fields) => post(LIMIT_PATH, fiveADay(freshKey()), fields)],
    [
      'node:http',
      (fields) => post(LIMIT_PATH, fiveADay(freshKey()), { ...fields, Connection: 'close' }),
    ],
    ['a batch', (fields) => post('/api/v1/limits', [fiveADay(freshKey())], fields)],
    ['all or none', (fields) => post('/api/v1/limits', { all: [fiveADay(freshKey())] }, fields)],
    ['a policy', (fields) => post(LIMIT_PATH, { policy: 'api', key: freshKey() }, fields)],
    [
      'forward-auth',
      (fields) =>
        exchange(
          service,
          request('GET', '/api/v1/forward/api', { ...fields, 'X-Key': freshKey() }),
        ),
    ],
  ])('belong to the trace of who asked by %s', async (_way, send) => {
    const { id, fields } = freshTrace();
    await send(fields);
    const span = await spanOf(id);
    expect(span).toMatchObject({ name: 'argus.decide', parentSpanId: PARENT_SPAN });
    expect(span?.attributes).toMatchObject({ 'argus.allowed': true, 'argus.source': 'store' });
    expect(span?.resource).toMatchObject({ 'service.name': 'limits' });
    expect(BigInt(span?.endTimeUnixNano ?? 0)).toBeGreaterThan(
      BigInt(span?.startTimeUnixNano ?? 0),
    );
  });

  test('have no key in them, and go to where traces go', async () => {
    const { id, fields } = freshTrace();
    const key = freshKey();
    await post(LIMIT_PATH, fiveADay(key), fields);
    expect(JSON.stringify(await spanOf(id))).not.toContain(key);
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
  });

  test('are of decisions that needed the store, and of no others', async () => {
    const key = freshKey();
    const question = { key, capacity: 1_000_000, interval: 1_000 };
    let leased = '';
    await until(async () => {
      const { id, fields } = freshTrace();
      const { source } = members(await post(LIMIT_PATH, question, fields));
      if (source === 'lease') leased = id;
      return leased !== '';
    });
    const last = freshTrace();
    await post(LIMIT_PATH, fiveADay(freshKey()), last.fields);
    await spanOf(last.id);
    expect(collector.spans.filter(({ traceId }) => traceId === leased)).toEqual([]);
  });

  test('begin a trace where none was shown, or none that can be read', async () => {
    const before = collector.spans.length;
    await post(LIMIT_PATH, fiveADay(freshKey()), {});
    await post(LIMIT_PATH, fiveADay(freshKey()), { traceparent: 'nonsense' });
    await until(() => collector.spans.length >= before + 2);
    for (const span of collector.spans.slice(before)) {
      expect(span.parentSpanId ?? '').toBe('');
      expect(span.traceId).toMatch(/^[\da-f]{32}$/);
    }
  });

  test('of a caller who is not sampled are not exported', async () => {
    const { id, fields } = freshTrace();
    const traceparent = (fields['traceparent'] ?? '').replace(/01$/, '00');
    await post(LIMIT_PATH, fiveADay(freshKey()), { traceparent });
    const last = freshTrace();
    await post(LIMIT_PATH, fiveADay(freshKey()), last.fields);
    await spanOf(last.id);
    expect(collector.spans.filter(({ traceId }) => traceId === id)).toEqual([]);
  });

  test('belong to the trace of a call of gRPC', async () => {
    const flags = ['--threads', '1', '--policies', rules.path, '--redis-url', redis.url];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/` };
    const grpc = await startGrpc({ flags, env });
    const client = new RateLimitClient(grpc);
    const { id, fields } = freshTrace();
    await client.ask(questionAbout('d', 'k', freshKey()), fields);
    client.close();
    // The last spans are exported before the end, without a wait for the next time.
    expect(await grpc.stop()).toBe(0);
    expect(await spanOf(id)).toMatchObject({ parentSpanId: PARENT_SPAN });
  });

  test('that nobody takes hold nothing up, and are told of once', async () => {
    const flags = ['--threads', '1', '--redis-url', redis.url];
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    };
    const alone = await startService({ flags, env });
    for (let i = 0; i < 5; i++) {
      const text = JSON.stringify(fiveADay(freshKey()));
      const head = { 'Content-Length': String(text.length) };
      const answer = await exchange(alone, request('POST', LIMIT_PATH, head) + text);
      expect(answer.status).toBe(200);
    }
    await until(() => alone.output().includes('Spans are not exported'));
    const began = performance.now();
    expect(await alone.stop('SIGINT')).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(alone.output().split('Spans are not exported')).toHaveLength(2);
  });
});
