/** What is made of an endpoint, and of what the packages of OpenTelemetry say. */
import { expect, test } from 'vitest';
import { diagnostics, tracesAt } from '../../src/tracing/open-telemetry.ts';

test.each([
  ['http://localhost:4318', 'http://localhost:4318/v1/traces'],
  ['http://localhost:4318/', 'http://localhost:4318/v1/traces'],
  ['https://collector.test/otlp//', 'https://collector.test/otlp/v1/traces'],
])('spans for %s go to %s', (endpoint, url) => {
  expect(tracesAt(endpoint)).toBe(url);
});

test('that spans are not exported is said at most once a minute', () => {
  const said: string[] = [];
  let nowUs = 5;
  const { error, warn } = diagnostics({ warn: (words: string) => said.push(words) }, () => nowUs);
  error('refused');
  error('refused again');
  warn('a small thing');
  nowUs += 59_999_999;
  error('still refused');
  expect(said).toEqual(['Spans are not exported: refused']);
  nowUs += 1;
  error('refused for long');
  expect(said[1]).toBe('Spans are not exported: refused for long');
});
