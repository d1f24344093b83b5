/** Requests and answers of Envoy in JSON: as protobuf writes its messages. */
import { expect, test } from 'vitest';
import { readRequestJson } from '../../../src/envoy/json/request-json.ts';
import { responseJson } from '../../../src/envoy/json/response-json.ts';
import { currentLimit } from '../../../src/envoy/wire/response-encoder.ts';

const descriptor = { entries: ['k', 'v'], limit: null, hits: null, isNegative: false };
const entries = [{ key: 'k', value: 'v' }];

//  JSON, what is read of it
test.each([
  [{}, { domain: '', descriptors: [], hits: 0 }],
  [
    { domain: 'd', descriptors: [{ entries }], hitsAddend: 3 },
    { domain: 'd', descriptors: [descriptor], hits: 3 },
  ],
  [
    { descriptors: [{ entries, hits_addend: '5', is_negative_hits: true }], hits_addend: '4' },
    { domain: '', descriptors: [{ ...descriptor, hits: 5, isNegative: true }], hits: 4 },
  ],
  [
    { descriptors: [{ entries, hitsAddend: 0, limit: { requestsPerUnit: 7, unit: 'HOUR' } }] },
    {
      domain: '',
      descriptors: [{ ...descriptor, hits: 0, limit: { requests: 7, unit: 3 } }],
      hits: 0,
    },
  ],
  [
    { descriptors: [{ entries, limit: { requests_per_unit: '7', unit: 6 } }] },
    { domain: '', descriptors: [{ ...descriptor, limit: { requests: 7, unit: 6 } }], hits: 0 },
  ],
  [
    {
      descriptors: [{ entries: [{ key: 'é' }], hitsAddend: '18446744073709551615' }],
      domain: null,
    },
    {
      domain: '',
      descriptors: [{ ...descriptor, entries: ['Ã©', ''], hits: Number.MAX_SAFE_INTEGER }],
      hits: 0,
    },
  ],
  [
    { descriptors: [{ limit: { unit: 'UNKNOWN' } }, { limit: null }] },
    {
      domain: '',
      descriptors: [
        { ...descriptor, entries: [], limit: { requests: 0, unit: 0 } },
        { ...descriptor, entries: [] },
      ],
      hits: 0,
    },
  ],
])('%j is read', (json, request) => {
  expect(readRequestJson(json)).toEqual({ ok: true, request });
});

//  JSON, what is wrong with it
test.each([
  [[], 'the request must be an object, is an array'],
  [null, 'the request must be an object, is null'],
  [{ domain: 5 }, 'domain must be text, is 5'],
  [{ descriptors: {} }, 'descriptors must be an array, is an object'],
  [{ descriptors: [5] }, 'descriptors[0] must be an object, is 5'],
  [
    { descriptors: [{ entries: [{ key: 5 }] }] },
    'descriptors[0].entries[0].key must be text, is 5',
  ],
  [{ descriptors: [{ entries: [{ kay: 5 }] }] }, 'descriptors[0].entries[0] has a field "kay"'],
  [{ descriptors: [{ hitsAddend: -1 }] }, 'descriptors[0].hitsAddend must be a whole number'],
  [{ descriptors: [{ isNegativeHits: 1 }] }, 'descriptors[0].isNegativeHits must be true or false'],
  [{ descriptors: [{ limit: { unit: 'FORTNIGHT' } }] }, 'descriptors[0].limit.unit must be a unit'],
  [{ hitsAddend: 1.5 }, 'hitsAddend must be a whole number from 0 to 4294967295, is 1.5'],
  [{ hitsAddend: '4294967296' }, 'hitsAddend must be a whole number'],
  [{ __proto__x: 1 }, 'the request has a field "__proto__x", which there is none of'],
])('of %j it is said what is wrong', (json, words) => {
  expect(readRequestJson(json)).toMatchObject({ ok: false, fault: expect.stringContaining(words) });
});

test('an answer leaves out what is 0 or empty', () => {
  const limit = currentLimit({ requests: 5, unit: 7, name: 'n' });
  const none = currentLimit({ requests: 0, unit: 1, name: '' });
  const statuses = [
    { isOver: true, limit, remaining: 0, resetS: 30 },
    { isOver: false, limit: none, remaining: 3, resetS: 0 },
    { isOver: false, limit: null, remaining: 0, resetS: null },
  ];
  expect(JSON.parse(responseJson({ isOver: true, statuses, retryAfterS: 30 }))).toEqual({
    overallCode: 'OVER_LIMIT',
    statuses: [
      {
        code: 'OVER_LIMIT',
        currentLimit: { requestsPerUnit: 5, unit: 'WEEK', name: 'n' },
        durationUntilReset: '30s',
      },
      { code: 'OK', currentLimit: { unit: 'SECOND' }, limitRemaining: 3, durationUntilReset: '0s' },
      { code: 'OK' },
    ],
    responseHeadersToAdd: [{ key: 'retry-after', value: '30' }],
  });
  expect(responseJson({ isOver: false, statuses: [], retryAfterS: null })).toBe(
    '{"overallCode":"OK"}',
  );
});
