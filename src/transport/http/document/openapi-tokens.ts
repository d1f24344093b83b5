/** Tokens in the OpenAPI document: where one is shown, and what who shows none is answered. */
import { ANSWERS } from './openapi-answers.ts';
import { withoutRequired } from './openapi-problems.ts';

type Answers = Readonly<Record<number, object>>;

interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: object;
}

const NOT_LET = 'Or: the token does not let do this.';

export const TOKEN_SCHEME: object = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token of the service, where it has an `AUTH_TOKENS_FILE`, with the right to do this; or its `ADMIN_TOKEN`.',
};

export const SECURITY_SCHEMES: object = {
  token: TOKEN_SCHEME,
  proxyToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Argus-Token',
    description: "A token that a proxy shows: `Authorization` is its client's.",
  },
};

/** What asks by JSON, as it is where nobody may ask without a token. */
export function withToken<Operation extends { readonly responses: Answers }>(
  operation: Operation,
): object {
  const { responses } = operation;
  return {
    ...operation,
    security: [{ token: [] }],
    responses: {
      ...responses,
      401: answer('Unauthorized'),
      403: alsoForbidden(resolved(responses[403])),
      429: either(resolved(responses[429]), ANSWERS.TooManyTokens),
    },
  };
}

/** The same of forward-auth, whose answers have no body. */
export function withProxyToken<Operation extends { readonly responses: Answers }>(
  operation: Operation,
): object {
  const { responses } = operation;
  const { headers } = ANSWERS.Unauthorized;
  return {
    ...operation,
    security: [{ proxyToken: [] }],
    responses: {
      ...responses,
      401: { description: 'No token, or none of the service.', headers },
      403: alsoForbidden(resolved(responses[403])),
    },
  };
}

export function alsoForbidden(told: Answer): object {
  return { ...told, description: `${told.description} ${NOT_LET}` };
}

/** Two answers of one status. */
function either(one: Answer, other: Answer): object {
  return {
    description: `${one.description} Or: ${other.description}`,
    headers: withoutRequired({ ...other.headers, ...one.headers }),
    content: { ...one.content, ...other.content },
  };
}

function answer(name: keyof typeof ANSWERS): object {
  return { $ref: `#/components/responses/${name}` };
}

/** What a reference is to. */
function resolved(told: object | undefined): Answer {
  const [name = ''] = told !== undefined && '$ref' in told ? [String(told.$ref)] : [];
  const key = name.slice(name.lastIndexOf('/') + 1);
  return (key in ANSWERS ? ANSWERS[key as keyof typeof ANSWERS] : told) as Answer;
}
