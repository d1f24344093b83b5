/** The certificate that a server beside ours shows over TLS, where its environment names one. */
import { readFileSync } from 'node:fs';

export interface ServerIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Null where it is to speak without TLS. */
export function identityOf(env: NodeJS.ProcessEnv): ServerIdentity | null {
  const { BENCH_CERT_FILE: cert, BENCH_KEY_FILE: key } = env;
  if (cert === undefined || key === undefined) return null;
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
