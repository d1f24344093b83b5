/**
 * What an operator is told of what Redis, or the way to it, has against us: its words, and what to
 * do.
 *
 * Used by the connection to Redis. Nothing that was sent stands in it.
 */

/** A part of what is said, and what to do about it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /WRONGPASS|invalid password/i,
    'check user and password; in REDIS_URL they must be percent-encoded (% is %25)',
  ],
  [/NOAUTH/, 'set REDIS_PASSWORD or REDIS_PASSWORD_FILE'],
  [
    /password is set|any password configured/,
    'it has no password, and one is set here: take it away here, or set it there',
  ],
  [
    /NOPERM|ACL failure|has no permissions|can't (run|access)/i,
    'its user must be allowed what docs/run/sharing.md lists',
  ],
  [/cluster support disabled/, 'it is no cluster: REDIS_URL must name one server'],
  [/DB index|SELECT is not allowed|invalid DB/i, 'change the database in REDIS_URL'],
  [/DENIED/, 'give it a password, and that to REDIS_PASSWORD'],
  [/max number of clients/, 'raise its maxclients'],
  [/LOADING/, 'it is reading its data; nothing is to be done'],
  [/MASTERDOWN/, 'it is a replica that has lost its master'],
  [/unknown command.*eval/i, 'it must run Lua scripts'],
  [/OOM/, 'raise its maxmemory'],
  [/MISCONF/, 'it cannot save its data: see its log'],
  [/NOREPLICAS/, 'its min-replicas-to-write is not met'],
  [/CLUSTERDOWN/, 'a part of the cluster is gone: see CLUSTER INFO there'],
  [/self.signed|unable to (get|verify)/i, 'name who vouches for it in REDIS_CA_FILE'],
  [/altnames/, 'say what its certificate is made out to in REDIS_SERVER_NAME'],
  [/wrong version number|packet length/i, 'does it speak TLS? Else REDIS_URL begins with redis://'],
  [
    /certificate required|handshake failure|bad certificate/i,
    'it wants a certificate: set REDIS_CERT_FILE and REDIS_KEY_FILE',
  ],
  [/, at once$/, 'does it want TLS? Then REDIS_URL begins with rediss://'],
  [/invalid reply: null|No such master/, 'no sentinel knows a master of the name in REDIS_URL'],
];

/** Some servers repeat what they were sent: that may be a password. */
const REPEATED = /,? with args beginning with.*$/s;

export function inWords(message: string): string {
  const said = message.replace(REPEATED, '');
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1];
  return advice === undefined ? said : `${said} (${advice})`;
}
