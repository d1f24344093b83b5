/** Calls as Envoy sends them, in bytes, made before they are sent; and what is answered. */
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

const WINDOW = 4;
/** With room for all answers: a proxy has 24 MiB. */
export const OPENING: Buffer = Buffer.concat([
  PREFACE,
  settings([WINDOW, 2 ** 31 - 1]),
  SETTINGS_ACK,
  Buffer.from('0000040800000000007fff0000', 'hex'),
]);

const BLOCK = block(callFields(PATH, [['grpc-timeout', '1000m']]));
const HEAD = headers(0, BLOCK);

/** A call with the number 0: see numbered(). */
export function callAbout(key: number): Buffer {
  const value = `key-${String(key).padStart(9, '0')}`;
  return Buffer.concat([HEAD, data(0, framed(questionAbout(DOMAIN, KEY, value)))]);
}

/** Writes the call with this number into `into` at `at`. Returns where what follows goes. */
export function numbered(call: Buffer, id: number, into: Buffer, at: number): number {
  call.copy(into, at);
  into.writeUInt32BE(id, at + 5);
  into.writeUInt32BE(id, at + HEAD.length + 5);
  return at + call.length;
}
