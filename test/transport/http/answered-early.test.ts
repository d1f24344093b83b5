/**
 * A request that is answered before its body is there has its answer, whatever becomes of the body.
 */
import { describe, expect, test } from 'vitest';
import { LanePair } from './lane-pair.ts';
import { QUESTION } from './request-fuzzer.ts';

const pair = new LanePair();

const statusesIn = (text: string): readonly number[] =>
  (text.match(/HTTP\/1\.1 \d+/g) ?? []).map((line) => Number(line.split(' ')[1]));

/** The statuses of what comes back, by whichever way, to one chunk and the end. */
async function statusesOf(sent: string): Promise<readonly number[]> {
  const { lane, http } = await pair.exchange([Buffer.from(sent)]);
  expect(statusesIn(lane.text)).toEqual(statusesIn(http.text));
  return statusesIn(http.text);
}

const request = (line: string, fields: readonly string[], body: string) =>
  [`${line} HTTP/1.1`, 'Host: argus.test', ...fields, '', body].join('\r\n');

const LIMIT = 'POST /api/v1/limit';
const whole = (body: string) => request(LIMIT, [`Content-Length: ${body.length}`], body);

//  what goes before, which statuses that has
const BEFORE: readonly (readonly [string, string, readonly number[]])[] = [
  ['alone', '', []],
  ['behind a question', whole(QUESTION), [200]],
  ['behind one that is none', whole('[]'), [400]],
  ['behind a path that is not there', request('POST /api', ['Content-Length: 2'], '[]'), [404]],
];
//  how the body ends, its fields, as much of it as comes
const BODIES: readonly (readonly [string, string, string])[] = [
  ['is too short', 'Content-Length: 5', '{"k"'],
  ['is in chunks, and a size is none', 'Transfer-Encoding: chunked', 'x\r\n'],
];
//  the statuses, the request's line, its other fields
const EARLY: readonly (readonly [readonly number[], string, readonly string[]])[] = [
  [[200], 'GET /livez', []],
  [[200], 'GET /openapi.json', []],
  [[200], 'GET /metrics', []],
  [[204], 'OPTIONS /api/v1/limit', []],
  [[403], LIMIT, ['Origin: http://elsewhere.test']],
  [[403], 'DELETE /api/v1/limit?key=any', []],
  [[403], 'POST /api/v1/forward/none', []],
  [[403], 'HEAD /api/v1/forward/none', []],
  [[403], 'PUT /api/v1/forward/none', ['Expect: 100-continue']],
  [[403], 'GET /api/v1/forward/none', ['Expect: something']],
  [[404], 'POST /API/v1/limit', []],
  [[405], 'PUT /api/v1/limit', []],
  [[415], LIMIT, ['Content-Encoding: gzip']],
  [[417], LIMIT, ['Expect: something']],
  [[100, 404], 'POST /API/v1/limit', ['Expect: 100-continue']],
];

describe.each(BEFORE)('%s', (_, before, first) => {
  describe.each(BODIES)('a body that %s gets no answer of its own', (_, field, body) => {
    test.each(EARLY)('after %o to %s, %o', async (statuses, line, fields) => {
      const sent = before + request(line, [...fields, field], body);
      expect(await statusesOf(sent)).toEqual([...first, ...statuses]);
    });

    //  what has no answer yet is told what is wrong with its body
    test.each([[[]], [['Expect: 100-continue']]])('but does with %o', async (fields) => {
      const statuses = fields.length === 0 ? [400] : [100, 400];
      const sent = before + request(LIMIT, [...fields, field], body);
      expect(await statusesOf(sent)).toEqual([...first, ...statuses]);
    });
  });

  test('a body that is too large gets no second answer', async () => {
    const sent = before + request(LIMIT, ['Content-Length: 99999'], '{');
    expect(await statusesOf(sent)).toEqual([...first, 413]);
  });

  test('what is no request, behind one whose body came after its answer, is 400', async () => {
    const sent = `${before}${request('PUT /api/v1/limit', ['Content-Length: 2'], '{}')}x\r\n\r\n`;
    expect(await statusesOf(sent)).toEqual([...first, 405, 400]);
  });
});
