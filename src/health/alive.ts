/** Asks a service whether it is alive, where its configuration says that it listens. */
import { get } from 'node:http';
import type { Config } from '../config.ts';

/** Below the timeout of the HEALTHCHECK in the Dockerfile, so that it is said what went wrong. */
const WITHIN_MS = 2_000;

/** Where to knock at a service that listens everywhere. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export interface Liveness {
  readonly ok: boolean;
  readonly words: string;
}

/** Never rejects. */
export function isAlive({ host, port }: Pick<Config, 'host' | 'port'>): Promise<Liveness> {
  const at = `${host} port ${port}`;
  if (port === 0) return Promise.resolve({ ok: false, words: 'PORT=0 does not say which port' });
  const { promise, resolve } = Promise.withResolvers<Liveness>();
  const fail = (why: string) => resolve({ ok: false, words: `nothing alive at ${at}: ${why}` });
  const options = { host: EVERYWHERE[host] ?? host, port, path: '/livez', agent: false };
  const request = get({ ...options, headers: { Host: 'localhost' } }, (answer) => {
    if (answer.statusCode === 200) resolve({ ok: true, words: `alive at ${at}` });
    else fail(`it answers ${answer.statusCode}`);
  });
  request.on('error', ({ message }) => fail(message));
  const timer = setTimeout(() => fail(`no answer in ${WITHIN_MS} ms`), WITHIN_MS);
  return promise.finally(() => {
    clearTimeout(timer);
    request.destroy();
  });
}
