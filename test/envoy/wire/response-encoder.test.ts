/** Answers to Envoy are what a library reads of them, and no byte longer than it writes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currentLimit, encodeResponse } from '../../../src/envoy/wire/response-encoder.ts';
import { judged, ResponseType } from './judge.ts';

const FUZZ = Number(process.env['ARGUS_FUZZ'] ?? 100_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 1);

const limit = fc.record({
  requests: fc.nat(0xffff_ffff),
  unit: fc.nat(7),
  name: fc.string({ unit: 'grapheme', maxLength: 200 }),
});
const status = fc.record({
  isOver: fc.boolean(),
  limit: fc.option(limit),
  remaining: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(0xffff_ffff)),
  resetS: fc.option(fc.oneof(fc.nat(200), fc.nat(31_536_000))),
});
const response = fc.record({
  isOver: fc.boolean(),
  statuses: fc.array(status, { maxLength: 6 }),
  retryAfterS: fc.option(fc.nat(31_536_000)),
});

test(`of ${FUZZ} random answers each is the bytes that the library writes`, () => {
  fc.assert(
    fc.property(response, ({ isOver, statuses, retryAfterS }) => {
      const ours = encodeResponse({
        isOver,
        retryAfterS,
        statuses: statuses.map((one) => ({
          ...one,
          limit: one.limit === null ? null : currentLimit(one.limit),
        })),
      });
      const theirs = {
        overallCode: isOver ? 2 : 1,
        statuses: statuses.map((one) => ({
          code: one.isOver ? 2 : 1,
          ...(one.limit !== null && {
            currentLimit: {
              ...(one.limit.requests > 0 && { requestsPerUnit: one.limit.requests }),
              ...(one.limit.unit > 0 && { unit: one.limit.unit }),
              ...(one.limit.name !== '' && { name: one.limit.name }),
            },
          }),
          ...(one.remaining > 0 && { limitRemaining: one.remaining }),
          ...(one.resetS !== null && {
            durationUntilReset: one.resetS > 0 ? { seconds: one.resetS } : {},
          }),
        })),
        ...(retryAfterS !== null && {
          responseHeadersToAdd: [{ key: 'retry-after', value: String(retryAfterS) }],
        }),
      };
      const bytes = ResponseType.encode(ResponseType.fromObject(theirs)).finish();
      expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
    }),
    { numRuns: FUZZ, seed: SEED },
  );
}, 3_600_000);

test('an answer of nothing else still says that all is well', () => {
  const bytes = encodeResponse({ isOver: false, statuses: [], retryAfterS: null });
  expect(Buffer.from(bytes).toString('hex')).toBe('0801');
  expect(judged(ResponseType, bytes)['overallCode']).toBe(1);
});
