/**
 * What Envoy asks, as the rehearsal asks it: a connection of HTTP/2 as it begins, and calls on it,
 * each as an Envoy sends them, by a rule that is there for the rehearsal alone.
 */
import { LiveDomain } from '../envoy/live-domain.ts';
import type { LiveEnvoyParts } from '../envoy/live-limit.ts';

const DOMAIN = 'rehearsal';
const KEY = 'key';
const PATH = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';
const FIELDS = [
  [':method', 'POST'],
  [':path', PATH],
  [':authority', DOMAIN],
  [':scheme', 'http'],
  ['te', 'trailers'],
  ['grpc-timeout', '1000m'],
  ['content-type', 'application/grpc'],
] as const;

const SETTINGS = 4;
const HEADERS = 1;
const DATA = 0;
const END_STREAM = 1;
const END_HEADERS = 4;

/** What stands before the first call. */
export const GRPC_BEGIN: string = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(SETTINGS, 0, 0, '')}`;

/** None of its fields is kept in the table of header fields. */
const BLOCK = FIELDS.map(([name, value]) => `\x00${lengthed(name)}${lengthed(value)}`).join('');

/** `number`: which call of its connection it is, from 0. */
export function grpcCall(key: string, number: number): string {
  const streamId = 2 * number + 1;
  const entry = field(0x0a, field(0x0a, KEY) + field(0x12, key));
  const message = field(0x0a, DOMAIN) + field(0x12, entry);
  const prefix = `\x00\x00\x00\x00${String.fromCharCode(message.length)}`;
  const head = frame(HEADERS, END_HEADERS, streamId, BLOCK);
  return head + frame(DATA, END_STREAM, streamId, prefix + message);
}

/** So small that keys are denied before they have all been asked for as often as that. */
export function rehearsalDomains(parts: LiveEnvoyParts): ReadonlyMap<string, LiveDomain> {
  const domain = new LiveDomain({ name: DOMAIN, overridePlace: 0 }, parts);
  const limit = { isUnlimited: false, requests: 3, unit: 3, rate: null, name: '', replaces: [] };
  domain.add(
    {
      depth: 1,
      key: KEY,
      value: '',
      limit: { ...limit, overdraft: false },
      isShadow: false,
      sharesBucket: false,
      countsValue: false,
      countsAll: false,
    },
    1,
  );
  return new Map([[domain.bytes, domain]]);
}

/** Each character a byte. REQUIRES: all is short. */
function frame(type: number, flags: number, streamId: number, payload: string): string {
  const { length } = payload;
  const head = [0, length >> 8, length & 0xff, type, flags, 0, 0, streamId >> 8, streamId & 0xff];
  return String.fromCharCode(...head) + payload;
}

function lengthed(text: string): string {
  return String.fromCharCode(text.length) + text;
}

function field(tag: number, text: string): string {
  return String.fromCharCode(tag, text.length) + text;
}
