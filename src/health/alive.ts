/** Asks a service whether it is alive, where its configuration says that it listens. */
import { get } from 'node:http';
import { get as getByTls } from 'node:https';
import type { Config } from '../config.ts';

/** Below the timeout of the HEALTHCHECK in the Dockerfile, so that it is said what went wrong. */
const WITHIN_MS = 2_000;

/** Where to knock at a service that listens everywhere. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export type Listening = Pick<
  Config,
  'host' | 'port' | 'probePort' | 'tlsCertFile' | 'tlsClientCaFile'
>;

export interface Liveness {
  readonly ok: boolean;
  readonly words: string;
}

/** Never rejects. */
export function isAlive(listening: Listening): Promise<Liveness> {
  const { host, probePort, tlsCertFile, tlsClientCaFile } = listening;
  const hasProbes = probePort !== 0;
  const port = hasProbes ? probePort : listening.port;
  const at = `${host} port ${port}`;
  const none = (words: string) => Promise.resolve({ ok: false, words });
  if (port === 0) return none('PORT=0 does not say which port');
  if (!hasProbes && tlsClientCaFile !== '') {
    return none(`nobody can ask at ${at} without a certificate: PROBE_PORT is for that`);
  }
  const { promise, resolve } = Promise.withResolvers<Liveness>();
  const fail = (why: string) => resolve({ ok: false, words: `nothing alive at ${at}: ${why}` });
  const options = {
    host: EVERYWHERE[host] ?? host,
    port,
    path: '/livez',
    agent: false,
    headers: { Host: 'localhost' },
    // It is asked whether it is alive, and told nothing. What its certificate is made out to is
    // seldom the address of a loopback, and whether it is still good others look after.
    rejectUnauthorized: false,
  } as const;
  const isTls = !hasProbes && tlsCertFile !== '';
  const request = (isTls ? getByTls : get)(options, (answer) => {
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
