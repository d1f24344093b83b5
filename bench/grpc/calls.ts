/** Calls in bytes, made before they are sent: in the words of Envoy, or in throttlecrab's. */
import { questionAbout } from '../../test/support/grpc-service.ts';
import {
  block,
  callFields,
  data,
  framed,
  headers,
  PREFACE,
  SETTINGS_ACK,
  settings,
} from '../../test/transport/http2/frames.ts';

export const SERVICE = 'envoy.service.ratelimit.v3.RateLimitService';
export const METHOD = 'ShouldRateLimit';
export const PATH: string = `/${SERVICE}/${METHOD}`;
export const DOMAIN = 'bench';
export const KEY = 'user';
/** What a key may use up in a day. No load reaches it. */
export const CAPACITY = 1_000_000;
export const INTERVAL_S = 86_400;

/** In whose words a server is asked. */
export type Words = 'envoy' | 'throttlecrab';

const WINDOW = 4;
/** With room for all answers: a proxy has 24 MiB. */
export const OPENING: Buffer = Buffer.concat([
  PREFACE,
  settings([WINDOW, 2 ** 31 - 1]),
  SETTINGS_ACK,
  Buffer.from('0000040800000000007fff0000', 'hex'),
]);

export interface Call {
  /** With the number 0: see numbered(). */
  readonly bytes: Buffer;
  /** Where its second frame begins. */
  readonly dataAt: number;
}

const PATHS: Readonly<Record<Words, string>> = {
  envoy: PATH,
  throttlecrab: '/throttlecrab.RateLimiter/Throttle',
};

export function callsAbout(keys: number, words: Words): readonly Call[] {
  const head = headers(0, block(callFields(PATHS[words], [['grpc-timeout', '1000m']])));
  return Array.from({ length: keys }, (_, key) => {
    const name = nameOf(key);
    const message = words === 'envoy' ? questionAbout(DOMAIN, KEY, name) : throttleRequest(name);
    return { bytes: Buffer.concat([head, data(0, framed(message))]), dataAt: head.length };
  });
}

export function nameOf(key: number): string {
  return `key-${String(key).padStart(9, '0')}`;
}

/** key, max_burst, count_per_period, period, quantity. */
function throttleRequest(name: string): Buffer {
  const text = Buffer.from(name);
  const numbers = [CAPACITY, CAPACITY, INTERVAL_S, 1].flatMap((value, i) => [
    (i + 2) * 8,
    ...varint(value),
  ]);
  return Buffer.concat([Buffer.of(0x0a, text.length), text, Buffer.from(numbers)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
  return bytes;
}

/** Writes the call with this number into `into` at `at`. Returns where what follows goes. */
export function numbered({ bytes, dataAt }: Call, id: number, into: Buffer, at: number): number {
  bytes.copy(into, at);
  into.writeUInt32BE(id, at + 5);
  into.writeUInt32BE(id, at + dataAt + 5);
  return at + bytes.length;
}

const OK = 1;
const OVER_LIMIT = 2;

/** What the message at `at` says; its first field is all that counts. */
export function verdictAt(bytes: Buffer, at: number, words: Words): 'allowed' | 'denied' | 'wrong' {
  const [tag, value] = [bytes[at], bytes[at + 1]];
  // What is false is not sent: then the limit comes first.
  if (words === 'throttlecrab' && tag === 0x10) return 'denied';
  if (tag !== 0x08) return 'wrong';
  if (value === OK) return 'allowed';
  return words === 'envoy' && value === OVER_LIMIT ? 'denied' : 'wrong';
}
