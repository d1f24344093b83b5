/**
 * A POST of an operator: a small object of JSON, which must say that it is JSON. No form of a web
 * page can send that, and no script of another site without being asked.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { shown } from '../../../lib/shown.ts';
import { receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type Answer, askedOf, type BadParameter, give, type Target } from './answer.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Enough for a question with the longest key, each byte of it escaped. */
export const MOST_POST_BYTES = 4_096;

const NOT_UTF8: Answer = {
  ok: false,
  field: 'body',
  fault: 'the body must be UTF-8, and has bytes that are not',
};

export interface Posted extends Target {
  readonly body: string;
  /** The address that it came from. */
  readonly from: string;
}

export function postRoute(
  replies: Replies,
  path: string,
  answer: (posted: Posted) => Answer | Promise<Answer>,
): Route {
  const receiver = {
    mostBytes: MOST_POST_BYTES,
    received: (req: IncomingMessage, res: ServerResponse, bytes: Buffer) => {
      const from = req.socket.remoteAddress ?? 'a closed connection';
      const posted = { ...askedOf(req), body: bytes.toString('utf8'), from };
      void give(replies, res, isUtf8(bytes) ? answer(posted) : NOT_UTF8);
    },
  };
  const handle = (req: IncomingMessage, res: ServerResponse) => {
    if (replies.refusesEncoding(req, res) || refusesType(replies, req, res)) return;
    receiveBody(req, res, receiver, replies);
  };
  return { method: 'POST', path, mostBytes: MOST_POST_BYTES, handle };
}

/** What an object has, of which it may have these fields and no others. */
export function readFields(
  body: string,
  names: readonly string[],
): { readonly ok: true; readonly fields: Fields } | BadParameter {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return bad('body', `the body must be a JSON object, is ${shown(body)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return bad('body', `the body must be a JSON object, is ${shown(value)}`);
  }
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other === undefined) return { ok: true, fields: value as Fields };
  const wanted = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
  return bad(other, `${shown(other)} is no field: ${wanted}`);
}

function refusesType(replies: Replies, req: IncomingMessage, res: ServerResponse): boolean {
  const type = req.headers['content-type'];
  if (/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type ?? '')) return false;
  const detail = `Content-Type must be application/json, is ${shown(type)}`;
  replies.problem(res, { status: 415, detail });
  return true;
}

function bad(field: string, fault: string): BadParameter {
  return { ok: false, field: field.slice(0, 40), fault };
}
