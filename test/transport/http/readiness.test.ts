/**
 * GET /readyz says whether the limits can be decided as they should be, once the service serves.
 */
import { expect, test } from 'vitest';
import { get } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

const READY = { isReady: true, words: 'OK' };
const DEGRADED = { isReady: true, words: 'the store is away: deciding locally' };
const AWAY = { isReady: false, words: 'the store is away: denying' };

//  phase, what the limiter says of itself, the status, its words
test.each([
  ['serving', READY, 200, 'OK'],
  ['serving', DEGRADED, 200, 'deciding locally'],
  ['serving', AWAY, 503, 'the store is away: denying'],
  ['starting', READY, 503, 'starting'],
  ['draining', READY, 503, 'draining'],
  ['draining', AWAY, 503, 'draining'],
] as const)('while %s, with %o: %d', async (phase, health, status, words) => {
  const limiter = new HeldLimiter();
  const http = await HttpHarness.start(limiter);
  http.phase = phase;
  limiter.health = health;
  const answer = await get(http, '/readyz');
  if (status === 503) expectProblem(answer, 503, words);
  else expect([answer.status, answer.body]).toEqual([200, health.words]);
  // Whether it lives is another question.
  expect((await get(http, '/livez')).status).toBe(200);
  await http.close();
});
