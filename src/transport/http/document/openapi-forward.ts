/** Forward-auth in the OpenAPI document: one operation for each method there is, all alike. */
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { FORWARD_PREFIX } from '../../../contract/paths.ts';
import { type ANSWERS, LIMIT_FIELDS, RETRY_AFTER } from './openapi-answers.ts';
import { withProxyToken } from './openapi-tokens.ts';

export const FORWARD_TEMPLATE: string = `${FORWARD_PREFIX}{policy}`;

/** Those that such a document can name. */
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const;

const ABOUT = [
  'For proxies that ask before they forward, with any method: may this request of a client go on?',
  'The policy says where the key is in its header fields, path and query. What follows the policy',
  "in the target is the client's and steers nothing. It costs 1.",
  '\n\nNo body is read. Where one is announced the answer comes at once, and then the connection',
  'closes. No answer has a body, but for what is not HTTP.',
].join(' ');

const parameters = [
  {
    name: 'policy',
    in: 'path',
    required: true,
    description: 'The name of a policy that has `forward`.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
    example: 'site',
  },
];

const denied = { ...LIMIT_FIELDS, [RETRY_AFTER_FIELD]: RETRY_AFTER };

const responses = {
  200: { description: 'It may go on.', headers: LIMIT_FIELDS },
  400: { description: 'It has no key where the policy looks for one. Or what came is not HTTP.' },
  403: {
    description:
      'There is no such policy, or it has no `forward`. Or: denied, where `forward.denied` is 403.',
    headers: denied,
  },
  408: { $ref: nameOf('Timeout') },
  429: { description: 'Denied, unless `forward.denied` is 403.', headers: denied },
  431: { $ref: nameOf('HeadersTooLarge') },
};

function nameOf(answer: keyof typeof ANSWERS): string {
  return `#/components/responses/${answer}`;
}

/** All its operations, by their methods. */
export function forwardOperations(needsToken: boolean): Readonly<Record<string, object>> {
  const all = METHODS.map((method) => [method, operation(method)] as const);
  const guarded = needsToken ? all.map(([name, one]) => [name, withProxyToken(one)] as const) : all;
  return Object.fromEntries(guarded);
}

function operation(method: string) {
  const operationId = `forward-${method}`;
  const summary = "May this request of a proxy's client go on?";
  return { operationId, summary, description: ABOUT, parameters, responses };
}
