/**
 * Guards of what stands around the service: nginx and Envoy in front of it, and the gateway that
 * is an example.
 */
import { type Mutant, mutantsOf } from './mutant.ts';

const NGINX = 'test/deploy/nginx.test.ts';
const ENVOY = 'test/deploy/envoy/files.test.ts';
const EXAMPLE = 'examples/object-storage';
const GATEWAY = 'test/object-storage/gateway.test.ts';
const WORKERS = 'test/object-storage/workers.test.ts';

const DEPLOY: readonly Mutant[] = [
  ...mutantsOf('deploy/nginx.conf', NGINX, [
    [
      'nginx sends no question twice',
      'proxy_next_upstream error timeout;',
      'proxy_next_upstream error timeout non_idempotent;',
    ],
    ['nginx keeps its connections to instances', '      proxy_set_header Connection "";\n', ''],
    ['nginx passes exact paths on and no others', 'openapi\\.json)$', 'openapi\\.json)'],
  ]),
  ...mutantsOf('deploy/envoy/envoy.yaml', ENVOY, [
    ['Envoy looks a second time soon', '          no_traffic_interval: 0.25s\n', ''],
  ]),
  ...mutantsOf('src/transport/service-state.ts', NGINX, [
    [
      'connections are told to end once nobody listens',
      "this.phase === 'closing' && Atomics.load(this.#words, LISTENERS) === 0",
      "this.phase !== 'serving'",
    ],
  ]),
];

const OBJECT_STORAGE: readonly Mutant[] = [
  ...mutantsOf(`${EXAMPLE}/object-queue.ts`, GATEWAY, [
    ['places count as objects that wait', " + redis.call('ZCARD', places)", ''],
  ]),
  ...mutantsOf(`${EXAMPLE}/app.ts`, GATEWAY, [
    ['who is denied leaves his place', '      void queue.leavePlace(object.id);\n', ''],
    [
      'what is denied is not stored',
      '      if (denial !== null) return sendDenial(res, denial);\n',
      '',
    ],
  ]),
  ...mutantsOf(`${EXAMPLE}/user-limits.ts`, 'test/object-storage/gateway-away.test.ts', [
    [
      'decisions that contradict the whole are no answer',
      ' && allowed === decisions.every((one) => one?.allowed)',
      '',
    ],
  ]),
  ...mutantsOf(`${EXAMPLE}/worker.ts`, WORKERS, [
    ['a worker that dies loses no object', 'maxStalledCount: 5', 'maxStalledCount: 0'],
    [
      'a poisoned object is not written',
      '    if (fault !== null) throw new UnrecoverableError(fault.detail);\n',
      '',
    ],
  ]),
  ...mutantsOf(`${EXAMPLE}/package.json`, 'test/object-storage/files.test.ts', [
    ['the example names all its packages', '    "bullmq": "6.7.0",\n', ''],
  ]),
  ...mutantsOf(`${EXAMPLE}/nginx.conf`, 'test/object-storage/nginx.test.ts', [
    [
      'nginx sends no upload twice',
      'proxy_next_upstream error timeout;',
      'proxy_next_upstream error timeout non_idempotent;',
    ],
  ]),
];

const HEALTH: readonly Mutant[] = [
  ...mutantsOf('src/health/running-service.ts', 'test/health/running-service.test.ts', [
    ['a health check is not the service', " || argv[at + 1] === 'health'", ''],
    ['the first service is asked for its health', 'toSorted((a, b) => a - b)', 'toSorted()'],
    ['a service is known by its script', 'realpathSync(path) === file', 'path.length > 0'],
  ]),
  ...mutantsOf('src/health/alive.ts', 'test/health/alive.test.ts', [
    ['only 200 is alive', 'answer.statusCode === 200', 'answer.statusCode !== 0'],
    ['a health check waits for an end', 'setTimeout(() => fail(', 'setTimeout(() => void ('],
  ]),
  ...mutantsOf('src/command.ts', 'test/deploy/container.test.ts', [
    ['a health check looks how the service was started', 'running?.argv ?? argv', 'argv'],
  ]),
  ...mutantsOf('deploy/prometheus/alerts.yml', 'test/deploy/deploy.test.ts', [
    ['whoever guesses tokens raises an alert', 'argus_auth_failures_total', 'argus_keys'],
    ['each alert is told of in the documents', 'alert: ArgusTokenGuessed', 'alert: ArgusGuessed'],
  ]),
  ...mutantsOf('package.json', 'test/project/readme.test.ts', [
    ['the package brings what its README links to', '    "docs",\n', ''],
  ]),
  ...mutantsOf('package.json', 'test/object-storage/files.test.ts', [
    ['the package brings nothing that is installed', '    "!**/node_modules",\n', ''],
  ]),
  ...mutantsOf('package.json', 'test/process/npm-start.test.ts', [
    ['npm hands its signals on', '"exec node src/main.ts"', '"node src/main.ts"'],
  ]),
  ...mutantsOf('src/main.ts', 'test/process/node-version.test.ts', [
    ['a Node that is too old is told so', 'if (isOlder(', "if (least === '' && isOlder("],
  ]),
];

const KUBERNETES: readonly Mutant[] = [
  ...mutantsOf('deploy/kubernetes.yaml', 'test/deploy/kubernetes-tls.test.ts', [
    [
      'with TLS no probe of Kubernetes needs a certificate',
      'path: /livez\n              port: http #tls: probe',
      'path: /livez\n              port: http',
    ],
    [
      'with TLS Prometheus is let in where it needs no certificate',
      'monitoring\n      ports:\n        - port: http #tls: probe',
      'monitoring\n      ports:\n        - port: http',
    ],
    [
      'the key of a certificate is read by its group alone',
      '      #tls:       defaultMode: 0440\n',
      '',
    ],
  ]),
];

const DOCUMENTS: readonly Mutant[] = [
  ...mutantsOf('docs/decisions.md', 'test/project/readme.test.ts', [
    ['each decision stands in the contents', '- [Who logs?](#who-logs)\n', ''],
  ]),
  ...mutantsOf('docs/run/envoy.md', 'test/envoy/envoy-tls.test.ts', [
    [
      'Envoy asks for h2 when it looks at the health of the service, too',
      '      alpn_protocols: [h2]\n',
      '',
    ],
    [
      'Envoy asks nobody but the service, whoever else has a certificate',
      '          - {san_type: DNS, matcher: {exact: argus}}\n',
      '          - {san_type: DNS, matcher: {exact: argus}}\n          - {san_type: DNS, matcher: {suffix: host}}\n',
    ],
  ]),
  ...mutantsOf('docs/run/sharing.md', 'test/project/readme.test.ts', [
    ['a link of a document leads somewhere', '](../../deploy/)', '](../deploy/)'],
  ]),
  ...mutantsOf('ARCHITECTURE.md', 'test/project/layers.test.ts', [
    ['the glossary has the words of the source', '| vain | ', '| naught | '],
  ]),
  ...mutantsOf('src/config/redis.ts', 'test/project/layers.test.ts', [
    [
      'a comment names what is there',
      '* src/lease/store/redis-access.ts.',
      '* src/redis-access.ts.',
    ],
  ]),
];

const WORKFLOWS: readonly Mutant[] = [
  ...mutantsOf('.github/workflows/ci.yml', 'test/project/workflows.test.ts', [
    ['a workflow may only read', '  contents: read', '  contents: write'],
    ['a workflow leaves no token behind', '          persist-credentials: false\n', ''],
  ]),
  ...mutantsOf('.github/workflows/nightly.yml', 'test/project/workflows.test.ts', [
    ['each night everything is tried', '          - seeds 2/4\n', ''],
  ]),
];

const ENVIRONMENT = 'src/config/environment.ts';
const CONFIG: readonly Mutant[] = [
  ...mutantsOf(ENVIRONMENT, 'test/config/environment.test.ts', [
    [
      "the clients' ARGUS_URL may stand beside a service",
      'const expected = [...known, ...OF_CLIENTS]',
      'const expected: string[] = known',
    ],
    [
      'a variable with ARGUS_ in front wins',
      '[PREFIX + bare, bare].find(isSet)',
      '[bare, PREFIX + bare].find(isSet)',
    ],
    ['a blank variable is not set', "(env[name] ?? '').trim() !== ''", 'env[name] !== undefined'],
    [
      'a misspelt variable is refused',
      '(name) => name.startsWith(PREFIX) &&',
      '(name) => name.length < 0 &&',
    ],
    ['what Kubernetes says of Services is no setting', '!links.has(name) && ', ''],
  ]),
  ...mutantsOf('src/config/service-links.ts', 'test/config/environment.test.ts', [
    [
      'a variable that only looks like one of a Service is a setting',
      '_SERVICE_PORT`] === undefined) continue;',
      '_SERVICE_PORT`] === null) continue;',
    ],
    ['a port beside a Service is a setting', "ADDRESS.test(env[name] ?? '')", 'name.length > 0'],
  ]),
  ...mutantsOf('src/lib/nearest.ts', 'test/config/environment.test.ts', [
    ['the nearest name is named', 'if (changes < least)', 'if (changes > least)'],
    ['a name that begins so is nearer', 'longer.length > 0 ? longer : known', 'known'],
  ]),
  ...mutantsOf('src/config/help.ts', 'test/config/command.test.ts', [
    ['--help says what a setting may be', "row('', '', wanted),", "row('', '', ''),"],
  ]),
];

const MESSAGES: readonly Mutant[] = [
  ...mutantsOf(
    'src/transport/question/request-reader.ts',
    'test/transport/question/question-faults.test.ts',
    [
      ['half a second is told in milliseconds', 'findLast((name) => us %', 'find((name) => us %'],
      ['what no unit can say has none named', ' || Math.abs(us - asked) > 1e-9 * us', ''],
      [
        'a limit of whole seconds is not told to be one',
        "if (us % 1_000_000 === 0) return '';",
        '',
      ],
    ],
  ),
  ...mutantsOf('src/threads/supervisor.ts', 'test/process/start.test.ts', [
    ['what cannot be listened on is told in words', "case 'ENOTFOUND':", "case 'ENOHOST':"],
  ]),
];

export const DEPLOY_MUTANTS: readonly Mutant[] = [
  ...DEPLOY,
  ...KUBERNETES,
  ...HEALTH,
  ...DOCUMENTS,
  ...WORKFLOWS,
  ...CONFIG,
  ...MESSAGES,
  ...OBJECT_STORAGE,
];
