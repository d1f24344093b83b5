/** What every error answer of the service must look like (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';
import { members } from './ask.ts';
import type { Answer } from './raw-http.ts';

// Errors tell what was wrong with a request; they do not send it back.
const LONGEST_DETAIL = 500;

/** Expects a problem with this status, whose detail holds all of `words`. */
export function expectProblem(answer: Answer, status: number, ...words: readonly string[]): void {
  const { headers, body } = answer;
  expect({ status: answer.status, body }).toEqual({ status, body });
  expect(headers['content-type']).toBe('application/problem+json');
  const problem = members(answer);
  expect(problem).toMatchObject({ type: 'about:blank', title: STATUS_CODES[status], status });
  const { detail, field = 'none' } = problem;
  if (typeof detail !== 'string' || typeof field !== 'string') throw new TypeError(body);
  for (const word of words) expect(detail).toContain(word);
  expect(detail.length).toBeLessThan(LONGEST_DETAIL);
}
