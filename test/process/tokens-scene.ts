/** A service with tokens of many kinds, open at all ports, and how it is asked with them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenTerms } from '../../src/access/grant.ts';
import { bearer, termsOf } from '../access/terms.ts';
import { exchange, type Headers, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import type { Answer } from '../support/raw-http.ts';
import { TOKEN } from '../support/reset.ts';
import { type Service, startService } from '../support/service.ts';
import { TokensFile } from '../support/tokens-file.ts';

export const TOKENS: readonly TokenTerms[] = [
  termsOf('all', { rights: ['ask', 'refund'] }),
  termsOf('a', { rights: ['ask', 'refund'], keys: ['a:'] }),
  termsOf('site', { policies: ['site'] }),
  termsOf('shop', { domains: ['shop'] }),
  termsOf('refund', { rights: ['refund'] }),
  termsOf('reset', { rights: ['reset'], keys: ['a:'] }),
  termsOf('ops', { rights: ['admin'] }),
];
const LIMITS = 'limits: [{name: requests, capacity: 1000, interval: 1d}]';
const POLICIES = `policies:
  site: {${LIMITS}, forward: {key: ["header:x-key"]}}
  other: {${LIMITS}, forward: {key: ["header:x-key"]}}
`;
const domainOf = (name: string) =>
  `domain: ${name}\ndescriptors: [{key: k, rate_limit: {unit: day, requests_per_unit: 1000}}]\n`;
export interface TokenService extends Service {
  readonly file: TokensFile;
  readonly ports: { readonly resp: number; readonly grpc: number; readonly admin: number };
  /** Removes its files. */
  clear(): void;
}

export async function startWithTokens(
  tokens: readonly TokenTerms[] = TOKENS,
  env: Readonly<Record<string, string>> = { ADMIN_TOKEN: TOKEN },
): Promise<TokenService> {
  const file = new TokensFile(tokens);
  const rules = new PoliciesFile(POLICIES);
  for (const name of ['shop', 'bank']) {
    writeFileSync(join(rules.folder, `${name}.yaml`), domainOf(name));
  }
  const ports = { resp: await freePort(), grpc: await freePort(), admin: await freePort() };
  const flags = ['--threads', '2', '--max-keys', '10000', '--policies', rules.folder];
  const listen = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  const all = [...flags, ...listen, '--auth-tokens-file', file.path];
  const service = await startService({ flags: all, env });
  const clear = () => {
    file.remove();
    rules.remove();
  };
  return { ...service, file, ports, clear };
}

export function shown(name: string | null): Headers {
  return name === null ? {} : { Authorization: bearer(name) };
}

/** POSTs JSON to a path. */
export function posted(
  service: { readonly port: number },
  path: string,
  body: unknown,
  headers: Headers,
): Promise<Answer> {
  return exchange(service, postedBytes(path, body, headers));
}

export function postedBytes(path: string, body: unknown, headers: Headers): string {
  const text = JSON.stringify(body);
  return request('POST', path, { 'Content-Length': String(text.length), ...headers }) + text;
}

export function question(key: string, more: object = {}): object {
  return { key, capacity: 1_000, interval: 1, unit: 'd', ...more };
}
