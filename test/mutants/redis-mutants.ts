/**
 * Guards of the way to Redis: what it refuses, what kind of Redis it is, and whether it is of use.
 */
import { type Mutant, mutantsOf } from './mutant.ts';

const REFUSALS = 'test/lease/store/redis-refusals.test.ts';
const CLUSTER = 'test/lease/store/redis-cluster.test.ts';
const ACCESS = 'test/lease/store/redis-access.test.ts';
const CONNECTION = 'src/lease/store/redis-connection.ts';
const SETUP = 'src/lease/store/redis-setup.ts';
const STORE = 'src/lease/store/redis-store.ts';

const SETTING_UP: readonly Mutant[] = [
  ...mutantsOf(SETUP, REFUSALS, [
    [
      'a database that is refused is no reason to use another',
      "  if (select.status === 'rejected') throw select.reason;\n",
      '',
    ],
    [
      'a user or password that is refused is the end',
      "  if (auth.status === 'rejected') throw auth.reason;\n",
      '',
    ],
    [
      'a sentinel is not taken for a server',
      "  if (mode === 'sentinel') {",
      '  if (mode === null) {',
    ],
  ]),
  ...mutantsOf(SETUP, CLUSTER, [
    [
      'a cluster is not used in place of a database that it does not have',
      "  if (mode === 'cluster' && target.database !== 0) {",
      '  if (target.database > 99_999) {',
    ],
  ]),
  ...mutantsOf(CONNECTION, CLUSTER, [
    [
      'a node of a cluster stands for all of them',
      "const isCluster = mode === 'cluster' || isListed",
      'const isCluster = isListed',
    ],
  ]),
  ...mutantsOf(CONNECTION, 'test/lease/store/redis-cluster-found.test.ts', [
    ['what is moved shows a cluster', '      this.#findings.isCluster = true;\n', ''],
  ]),
  ...mutantsOf(CONNECTION, 'test/lease/store/redis-sentinel.test.ts', [
    [
      'sentinels that want a password are told it',
      'if (isFirst && !isAsked) findings.sentinelsAsk = true;',
      'if (isFirst && !isAsked) return;',
    ],
  ]),
  ...mutantsOf('src/lease/store/redis-words.ts', REFUSALS, [
    ['what was sent is not said', "message.replace(REPEATED, '')", 'message'],
  ]),
];

const HEALTH: readonly Mutant[] = [
  ...mutantsOf('src/lease/store/redis-health.ts', REFUSALS, [
    [
      'a store that counts instances and changes no bucket is away',
      'scripts.probe(master.probe)]',
      'null]',
    ],
  ]),
  ...mutantsOf('src/lease/store/redis-health.ts', CLUSTER, [
    [
      'who owes an answer is not waited for again',
      'new Set(this.#owing.keys())',
      'new Set<string>()',
    ],
    ['a part that is away is not all', 'if (usable === 0) throw', 'if (faults.size > 0) throw'],
    [
      'every master is asked',
      'if (name !== undefined && !probes.has(name)) probes.set(name, probe);',
      'if (name !== undefined && probes.size === 0) probes.set(name, probe);',
    ],
  ]),
  ...mutantsOf('src/lease/store/probe.lua', REFUSALS, [
    ['a probe does all that an exchange may', "redis.call('PERSIST', key)\n", ''],
  ]),
  ...mutantsOf(STORE, REFUSALS, [
    [
      'no connection is told of before it is of use',
      '    const { instances, usable, faults } =',
      '    this.#wasHeard(connection);\n    const { instances, usable, faults } =',
    ],
  ]),
  ...mutantsOf(STORE, 'test/lease/store/redis-tls.test.ts', [
    [
      'secrets are read again for each connection',
      '      this.#credentials = readCredentials(access);\n',
      '      if (this.#heard === null) this.#credentials = readCredentials(access);\n',
    ],
  ]),
];

const SETTINGS: readonly Mutant[] = [
  ...mutantsOf('src/lease/store/redis-access.ts', ACCESS, [
    ['a secret is in one place', '  if (twice) return', '  if (twice === null) return'],
    [
      'nothing that is for TLS is set in vain',
      '  if (idle === undefined || target.isTls) return null;\n',
      '  if (idle !== null) return null;\n',
    ],
    [
      'a certificate has its key',
      "if ((settings.redisCertFile === '') !== (settings.redisKeyFile === ''))",
      "if (redisUrl === '')",
    ],
    [
      'an empty file is no password',
      "passwordFile !== '' && secret === ''",
      'passwordFile === secret',
    ],
  ]),
  ...mutantsOf('src/lease/store/redis-url.ts', 'test/lease/store/redis-url.test.ts', [
    [
      'a password that is not encoded is told how to be',
      '  if (/^\\w+:\\/\\/[^@/?#]*[/?#].*@/.test(text)) return refuse(ENCODED);\n',
      '',
    ],
  ]),
];

export const REDIS_MUTANTS: readonly Mutant[] = [...SETTING_UP, ...HEALTH, ...SETTINGS];
