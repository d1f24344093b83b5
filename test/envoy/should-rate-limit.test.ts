/** `ShouldRateLimit` from bytes to bytes, over buckets of this process and over a late store. */

import { expect, test } from 'vitest';
import { OPEN } from '../../src/access/grant.ts';
import { envoyService } from '../../src/envoy/should-rate-limit.ts';
import type { Limiter } from '../../src/limiter/limiter.ts';
import { ALLOWED, Cells, DENIED, ENVOY_LATE, GRPC, sumCells } from '../../src/metrics/cells.ts';
import { localLimiter } from '../limiter/limiters.ts';
import { envoyOver } from './envoy-scene.ts';
import { judged, RequestType, ResponseType } from './wire/judge.ts';

const RULES = `
domain: d
descriptors:
  - {key: k, rate_limit: {unit: minute, requests_per_unit: 1, name: "naïve \\"name\\""}}
  - {key: k2, value: "*\\xFF", rate_limit: {unit: hour, requests_per_unit: 5}}
`;

class Scene {
  nowUs = 1_000_000;
  readonly #memory = Cells.reserve(1);
  readonly #service: ReturnType<typeof envoyService>;

  constructor(limiter: Limiter = localLimiter()) {
    this.#service = envoyService({
      asker: envoyOver(limiter, [RULES]).asker,
      clock: () => this.nowUs,
      cells: new Cells(this.#memory, 0),
    });
  }

  get late(): number {
    return sumCells(this.#memory)[ENVOY_LATE] as number;
  }

  /** How many were allowed, and how many denied. */
  get decided(): readonly (number | undefined)[] {
    const sums = sumCells(this.#memory);
    return [sums[ALLOWED + GRPC], sums[DENIED + GRPC]];
  }

  get overBound(): Uint8Array {
    return this.#service.methods.ShouldRateLimit.overBound;
  }

  ask(message: Uint8Array, deadlineUs: number | null = null, grant = OPEN) {
    return this.#service.methods.ShouldRateLimit.handle({ message, deadlineUs, grant });
  }
}

function messageOf(...entries: readonly (readonly [string, Uint8Array | string])[]): Uint8Array {
  const descriptors = entries.map(([key, value]) => ({
    entries: [{ key: Buffer.from(key), value: Buffer.from(value) }],
  }));
  const fields = { domain: Buffer.from('d'), descriptors };
  return RequestType.encode(RequestType.fromObject(fields)).finish();
}

const read = (answer: unknown) => judged(ResponseType, answer as Uint8Array);

test('a denial is a message too: codes, statuses, the limit by its name, when to come back', () => {
  const scene = new Scene();
  const message = messageOf(['k', 'v'], ['none', 'v']);
  expect(read(scene.ask(message))).toEqual({
    overallCode: 1,
    statuses: [
      {
        code: 1,
        currentLimit: { requestsPerUnit: 1, unit: 2, name: 'naïve "name"' },
        durationUntilReset: { seconds: '60' },
      },
      { code: 1 },
    ],
    responseHeadersToAdd: [],
  });
  expect(read(scene.ask(message))).toMatchObject({
    overallCode: 2,
    statuses: [{ code: 2 }, { code: 1 }],
    responseHeadersToAdd: [{ key: 'retry-after', value: '60' }],
  });
  expect(scene.decided).toEqual([1, 1]);
});

test('an empty message is a question about nothing; a malformed one is said to be', () => {
  const scene = new Scene();
  expect(read(scene.ask(new Uint8Array()))['overallCode']).toBe(1);
  expect(scene.ask(Buffer.from('0aff', 'hex'))).toEqual({
    code: 3,
    message: expect.stringContaining('malformed'),
  });
  expect(scene.decided).toEqual([1, 0]);
});

test('any bytes are a value, and no two of them are one', () => {
  const scene = new Scene();
  const values = [[0xff], [0xfe], [0xc3, 0xbf], [0xef, 0xbf, 0xbd], [0], [0, 0], []];
  for (const value of values) {
    expect(read(scene.ask(messageOf(['k', Buffer.from(value)])))['overallCode']).toBe(1);
  }
  for (const value of values) {
    expect(read(scene.ask(messageOf(['k', Buffer.from(value)])))['overallCode']).toBe(2);
  }
});

test('a value of 40 kB, and one of 4 MB, is a value', () => {
  const scene = new Scene();
  for (const size of [40_000, 4_000_000]) {
    const message = messageOf(['k', Buffer.alloc(size, 'x')]);
    expect(read(scene.ask(message))['overallCode']).toBe(1);
    expect(read(scene.ask(message))['overallCode']).toBe(2);
  }
});

test('text in the file is matched by its bytes', () => {
  const scene = new Scene();
  const limitOf = (value: Uint8Array) => {
    const [status] = read(scene.ask(messageOf(['k2', value])))['statuses'] as never[];
    return status?.['currentLimit'];
  };
  expect(limitOf(Buffer.from('aÿ'))).toBeDefined();
  expect(limitOf(Buffer.from([0x61, 0xff]))).toBeUndefined();
});

test('a late answer is given all the same, and counted where it came after its deadline', async () => {
  const local = localLimiter();
  const late = new Proxy(local, {
    get: (target, name) =>
      name === 'takeAll'
        ? async (...args: Parameters<Limiter['takeAll']>) => target.takeAll(...args)
        : Reflect.get(target, name),
  });
  const scene = new Scene(late);
  const message = messageOf(['k', 'v']);
  const inTime = scene.ask(message, 1_000_000);
  expect(read(await inTime)['overallCode']).toBe(1);
  const tooLate = scene.ask(message, 1_020_000);
  scene.nowUs = 1_020_001;
  expect(read(await tooLate)['overallCode']).toBe(2);
  expect(read(await scene.ask(message))['overallCode']).toBe(2);
  expect(scene.late).toBe(1);
});

test('what needs no store is answered at once', () => {
  expect(new Scene().ask(messageOf(['k', 'v']))).not.toBeInstanceOf(Promise);
});

test('a message that is too large to be read is a denial, since an error would be a yes', () => {
  expect(read(new Scene().overBound)).toMatchObject({ overallCode: 2, statuses: [] });
});
