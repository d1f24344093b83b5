/** Policies and rules, for operators: what is in force, and what a question would come to. */
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type Answer, getRoute, type Target } from './answer.ts';
import { postRoute } from './post-route.ts';
import { MOST_DIGITS, readPage, readQuery, readWhole } from './query.ts';
import { type AdminKeys, askKeys } from './told.ts';

export const POLICIES_PATH = '/v1/policies';
export const TRY_PATH = '/v1/try';

/** No service has as many policies and rules. */
export const MOST_CURSOR: number = 10 ** MOST_DIGITS - 1;

export function ruleRoutes(keys: AdminKeys, replies: Replies): readonly Route[] {
  return [
    getRoute(replies, POLICIES_PATH, (asked) => policies(keys, asked)),
    postRoute(replies, TRY_PATH, ({ body }) => askKeys(keys, { kind: 'try', body })),
  ];
}

function policies(keys: AdminKeys, { target }: Target): Answer | Promise<Answer> {
  const query = readQuery(target, ['limit', 'cursor']);
  if (!query.ok) return query;
  const { limit, cursor = '0' } = query.values;
  const most = readPage(limit);
  if (!most.ok) return most;
  const from = readWhole('cursor', cursor, { from: 0, to: MOST_CURSOR });
  if (!from.ok) return from;
  return askKeys(keys, { kind: 'rules', query: { most: most.value, from: from.value } });
}
