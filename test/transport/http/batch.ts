/** Asks many questions in one request. */
import { type Body, exchange, type Headers, request } from '../../support/ask.ts';
import type { Answer } from '../../support/raw-http.ts';

export const LIMITS_PATH = '/api/v1/limits';

/** What stands in the place of one question: a decision, or what is wrong with it. */
export interface Item {
  readonly allowed?: boolean;
  readonly limit?: number;
  readonly remaining?: number;
  readonly degraded?: boolean;
  readonly error?: { readonly field?: string; readonly detail: string };
}

/** POSTs to the batch endpoint. */
export function askMany(
  service: { readonly port: number },
  body: Body,
  headers: Headers = {},
): Promise<Answer> {
  return exchange(service, postMany(body, headers));
}

/** The bytes of a POST to the batch endpoint. */
export function postMany(body: Body, headers: Headers = {}): Buffer {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? body : JSON.stringify(body));
  const head = request('POST', LIMITS_PATH, { 'Content-Length': String(bytes.length), ...headers });
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The items of an answer that must be a 200. */
export function itemsOf({ status, headers, body }: Answer): readonly Item[] {
  if (status !== 200) throw new Error(`Not a batch of answers: ${status} ${body}`);
  if (headers['content-type'] !== 'application/json') throw new Error('Not JSON');
  return JSON.parse(body) as readonly Item[];
}
