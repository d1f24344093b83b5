/** How a question of an operator is answered: with a report, as JSON, or with what is wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../core/problem.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { pathOf, targetOf } from '../core/target.ts';
import { readQuery } from './query.ts';

export type Answer =
  | { readonly ok: true; readonly report: object }
  /** Which is JSON already. */
  | { readonly ok: true; readonly json: string }
  | BadParameter
  /** `more`: fields of the answer, names and values by turns. */
  | { readonly ok: false; readonly problem: Problem; readonly more?: readonly string[] };

export interface BadParameter {
  readonly ok: false;
  readonly field: string;
  readonly fault: string;
}

/** What is asked for, as it came: nothing of it is decoded. */
export interface Target {
  readonly target: string;
  /** The parts of the path, from the first behind the first slash on. */
  readonly parts: readonly string[];
}

export function getRoute(
  replies: Replies,
  path: string,
  answer: (asked: Target) => Answer | Promise<Answer>,
): Route {
  const handle = (req: IncomingMessage, res: ServerResponse) =>
    give(replies, res, answer(askedOf(req)));
  return { method: 'GET', path, handle };
}

/** What takes no parameters. */
export function bareRoute(replies: Replies, path: string, answer: () => Answer): Route {
  return getRoute(replies, path, ({ target }) => {
    const query = readQuery(target, []);
    return query.ok ? answer() : query;
  });
}

export function askedOf(req: IncomingMessage): Target {
  return { target: targetOf(req), parts: pathOf(req).split('/').slice(1) };
}

/** Of now, and for nobody else. */
export function give(
  replies: Replies,
  res: ServerResponse,
  answer: Answer | Promise<Answer>,
): void | Promise<void> {
  res.setHeader('Cache-Control', 'no-store');
  if (!(answer instanceof Promise)) return send(replies, res, answer);
  const given = answer.then((late) => send(replies, res, late));
  return replies.inOrder(res.req.socket, given);
}

function send(replies: Replies, res: ServerResponse, answer: Answer): void {
  if (answer.ok) {
    const json = 'json' in answer ? answer.json : JSON.stringify(answer.report);
    replies.text(res, json, 'application/json');
  } else if ('problem' in answer) replies.problem(res, answer.problem, answer.more);
  else replies.badQuestion(res, { reason: 'bad_field', ...answer });
}
