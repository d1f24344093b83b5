/**
 * Every case of h2spec, the conformance suite of HTTP/2, also those that it calls strict: none
 * fails, none is skipped. Where Go cannot build it, it is left out.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNowhere, run } from '../../support/resp-tools.ts';
import { GrpcHarness } from '../grpc/grpc-harness.ts';

/** Its cases, with the strict ones. */
const CASES = 146;
let harness: GrpcHarness;
beforeAll(async () => {
  harness = await GrpcHarness.start();
});
afterAll(() => harness.stop());

test.skipIf(isNowhere('h2spec'))('h2spec finds nothing', { timeout: 120_000 }, async () => {
  const options = ['-h', '127.0.0.1', '-p', String(harness.port), '-P', '/livez', '-S'];
  const { output } = await run('h2spec', options);
  expect(output).toContain(`${CASES} tests, ${CASES} passed, 0 skipped, 0 failed`);
});
