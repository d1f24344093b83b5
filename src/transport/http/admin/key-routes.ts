/** Keys, for operators: what is asked about them, read strictly, and how the answers are told. */
import type { KeyFilter } from '../../../admin/keys/key-filter.ts';
import { NAMESPACES } from '../../../lib/namespace.ts';
import { shown } from '../../../lib/shown.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type Answer, type BadParameter, getRoute, type Target } from './answer.ts';
import { readPage, readQuery } from './query.ts';
import { type AdminKeys, askKeys } from './told.ts';

export const KEYS_PATH = '/v1/keys';

/** Of a prefix and of a policy's name: no key is longer. */
export const MOST_CHARACTERS = 256;

export function keyRoutes(keys: AdminKeys, replies: Replies): readonly Route[] {
  return [getRoute(replies, KEYS_PATH, (asked) => page(keys, asked))];
}

function page(keys: AdminKeys, { target }: Target): Answer | Promise<Answer> {
  const query = readQuery(target, ['prefix', 'policy', 'namespace', 'state', 'limit', 'cursor']);
  if (!query.ok) return query;
  const { limit, cursor = null } = query.values;
  const filter = filterOf(query.values);
  if ('fault' in filter) return filter;
  const most = readPage(limit);
  if (!most.ok) return most;
  return askKeys(keys, { kind: 'page', query: { filter, most: most.value, cursor } });
}

type FilterWords = { readonly [N in 'prefix' | 'policy' | 'namespace' | 'state']?: string };

function filterOf({
  prefix = '',
  policy,
  namespace,
  state,
}: FilterWords): KeyFilter | BadParameter {
  for (const [field, text] of [
    ['prefix', prefix],
    ['policy', policy ?? ''],
  ] as const) {
    if ([...text].length <= MOST_CHARACTERS) continue;
    return bad(field, `at most ${MOST_CHARACTERS} characters`, text);
  }
  const known = NAMESPACES.find((name) => name === namespace) ?? null;
  if (namespace !== undefined && known === null) {
    return bad('namespace', NAMESPACES.join(', '), namespace);
  }
  if (policy !== undefined && (known ?? 'policy') !== 'policy') {
    return bad('namespace', 'policy, or left out, where policy is there', namespace);
  }
  if (state !== undefined && state !== 'denied') return bad('state', 'denied, or left out', state);
  return { prefix, policy: policy ?? null, namespace: known, isDenied: state === 'denied' };
}

function bad(field: string, wanted: string, is: string | undefined): BadParameter {
  return { ok: false, field, fault: `${field} must be ${wanted}, is ${shown(is)}` };
}
