/** Guards of the rules of Envoy: what matches, shares a bucket, is taken, and is read. */
import { type Mutant, mutantsOf } from './mutant.ts';

const NAMES = 'test/envoy/bucket-name.test.ts';
const MATCHING = 'test/envoy/matching.oracle.test.ts';
const ASKING = 'test/envoy/asking.test.ts';
const FIELDS = 'test/envoy/rule-fields.test.ts';
const COUNTING = 'test/envoy/counting.test.ts';
const REQUESTS = 'test/envoy/wire/request-decoder.test.ts';
const RESPONSES = 'test/envoy/wire/response-encoder.test.ts';
const FILES = 'test/envoy/file/read.test.ts';
const RECEIVING = 'test/envoy/rules-receiver.test.ts';
const METHOD = 'test/envoy/should-rate-limit.test.ts';
const DOMAINS = 'test/policies/file/find-domains.test.ts';
const PROCESS = 'test/process/envoy-grpc.test.ts';
const COMMANDS = 'test/envoy/file/commands.test.ts';

export const ENVOY_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/envoy/bucket-name.ts', NAMES, [
    ['a domain has its length before it', '{domain.length}:', ':'],
    ['a key has its length before it', '{key.length}:', '{1}:'],
    ['a value has its length before it', '{value.length}:', '{0}:'],
    ['a shared pattern is no value', ': `*$', ': `$'],
    ['another unit is another bucket', 'if (unit !== 0) name', 'if (unit === -1) name'],
    ['a long name is its digest', 'name.length > MOST_KEY_BYTES)', 'name.length > 9_999)'],
  ]),
  ...mutantsOf('src/envoy/live-domain.ts', MATCHING, [
    [
      'the exact value comes first',
      'if (node !== undefined) return node;',
      'if (node !== undefined && patterns.length === 0) return node;',
    ],
    [
      'the first pattern holds',
      'for (const pattern of patterns)',
      'for (const pattern of patterns.toReversed())',
    ],
    [
      'what no rule is for ends the way',
      'if (node === null) return null;',
      'if (node === null) continue;',
    ],
    ['depth must be equal', 'keys = node.keys;', 'keys = node.keys ?? keys;'],
    ['an empty value is any value', "if (value === '') rules.any", "if (value === '-') rules.any"],
  ]),
  ...mutantsOf('src/envoy/taking.ts', ASKING, [
    [
      'what leads to one bucket is taken once',
      'if (place === -1) return',
      'if (place !== -2) return',
    ],
    ['the larger cost is taken', 'Math.max(one.cost, other.cost)', 'one.cost'],
    [
      'of two limits the lesser holds',
      'other.limit.capacity < one.limit.capacity',
      'other.limit.capacity > one.limit.capacity',
    ],
    [
      'hits of a descriptor come first',
      'descriptor.hits ?? Math.max(1, hits)',
      'Math.max(1, hits)',
    ],
    ['no hits stand for 1', 'Math.max(1, hits)', 'hits'],
    [
      'a look finds nothing left',
      'taking.cost === 0 ? decision.remaining === 0 : !decision.allowed',
      '!decision.allowed',
    ],
    ['0 a unit is always over', 'limit.capacity === 0 && cost >= 0', 'cost < -1'],
    [
      'no wait helps a cost above the limit',
      'decision === undefined || (cost > limit.capacity && !overdraft)',
      'decision === undefined',
    ],
    ['seconds are rounded up', 'Math.ceil(resetMs / 1_000)', 'Math.floor(resetMs / 1_000)'],
  ]),
  ...mutantsOf('src/envoy/asking.ts', ASKING, [
    ['nothing is taken where one is denied', '? [impossible(NO_BUCKET)]', '? []'],
    ['nothing is given back where one is denied', 'isStopped() ? 0 : undefined', 'undefined'],
    [
      'descriptors are bounded',
      'descriptors.length > MOST_DESCRIPTORS',
      'descriptors.length > 999',
    ],
    ['what another has stopped is not allowed', '} else if (stands) counts', '} else counts'],
    ['a wait is never 0', 'Math.max(1, Math.ceil(mostMs', 'Math.max(0, Math.floor(mostMs'],
  ]),
  ...mutantsOf('src/envoy/matched.ts', ASKING, [
    ['a unit that is none is no limit', '&& unit !== undefined', ''],
    ['another unit counts apart', 'rule?.current.unit === unit.number ? 0 : unit.number', '0'],
  ]),
  ...mutantsOf('src/envoy/matched.ts', FIELDS, [
    ['what another replaces does not count', "name !== '' && names.has(name) ? null : one", 'one'],
  ]),
  ...mutantsOf('src/envoy/taking.ts', FIELDS, [
    [
      'shadow denies nobody',
      'isDry: isShadow || (live?.rule.isShadow ?? false)',
      'isDry: isShadow',
    ],
    ['SHADOW_MODE denies nobody', 'isDry: isShadow || (live', 'isDry: (live'],
    [
      'an overdraft is taken',
      'overdraft: live?.rule.limit?.overdraft ?? false',
      'overdraft: false',
    ],
  ]),
  ...mutantsOf('src/envoy/label.ts', COUNTING, [
    ['a label is text', 'return text !== null && !CONTROL.test(text);', 'return true;'],
    ['a label is short', 'if (bytes.length > MOST_VALUE_BYTES) return false;', ''],
  ]),
  ...mutantsOf('src/envoy/value-counts.ts', COUNTING, [
    ['labels are bounded', 'known === undefined && taken < this.#most', 'known === undefined'],
    [
      'threads know of the labels of others',
      'for (let i = this.#places.size; i < taken; i++)',
      'for (let i = taken; i < taken; i++)',
    ],
  ]),
  ...mutantsOf('src/envoy/wire/proto-reader.ts', REQUESTS, [
    ['a text ends within its message', '|| this.#low > this.#end - this.#at', ''],
    ['a field has a number', '|| this.field === 0', ''],
    ['numbers end', 'i < MOST_VARINT_BYTES && this.#at', 'this.#at'],
    ['a group ends with its own number', 'open.pop() !== this.field', 'open.pop() === undefined'],
    ['groups are bounded', '|| open.length > MOST_GROUPS', ''],
    ['large numbers are as much as can be', 'Math.min(value, Number.MAX_SAFE_INTEGER)', 'value'],
  ]),
  ...mutantsOf('src/envoy/wire/request-decoder.ts', REQUESTS, [
    ['hits that are there and empty are 0', 'wrappedIn(reader, hits ?? 0)', 'wrappedIn(reader, 1)'],
    ['messages that are there twice are merged', 'before?.requests ?? 0', '0'],
    ['what is malformed is refused', 'reader.broken ? null :', ''],
  ]),
  ...mutantsOf('src/envoy/wire/response-encoder.ts', RESPONSES, [
    [
      'numbers above 31 bits are whole',
      'rest = Math.floor(rest / 0x80);\n  }\n  bytes',
      'rest >>= 7;\n  }\n  bytes',
    ],
  ]),
  ...mutantsOf('src/envoy/file/compile.ts', FILES, [
    ['no descriptor is there twice', 'if (first !== undefined) {', 'if (first === -1) {'],
    ['patterns are bounded', 'count === MOST_PATTERNS + 1', 'count === 0'],
    ['share_threshold goes with a star', "sharesBucket && !value.includes('*')", 'false'],
    ['a unit does not go with unlimited', "of ['unit', 'algorithm'", "of ['algorithm'"],
    ['a limit does not replace itself', 'else if (name === own)', 'else if (name === own + own)'],
    ['a key is not empty', "if (key === '') {", "if (key === '-') {"],
  ]),
  ...mutantsOf('src/envoy/file/fields.ts', FILES, [
    ['a field of Envoy that is unknown is refused', "why ?? 'is not a field'", "why ?? ''"],
  ]),
  ...mutantsOf('src/envoy/rules-receiver.ts', RECEIVING, [
    [
      'rules are in force with the last piece',
      "if (piece.kind === 'commit') this",
      "if (piece.kind !== 'begin') this",
    ],
    [
      'what was begun before is thrown away',
      "if (piece.kind !== 'build') this",
      "if (piece.kind === 'commit') this",
    ],
  ]),
  ...mutantsOf('src/envoy/should-rate-limit.ts', METHOD, [
    ['late answers are counted', 'clock() > deadlineUs', 'clock() < deadlineUs'],
  ]),
  ...mutantsOf('src/envoy/describe.ts', COMMANDS, [
    ['the way is gone once', 'taken !== null && taken.rule !== rule', 'taken === null'],
  ]),
  ...mutantsOf('src/policies/file/find-domains.ts', DOMAINS, [
    ['rules in braces open the port too', ' || IN_BRACES.test(text)', ''],
    ['what is within something is no domain', '= /^["\']?', '= /^ *["\']?'],
  ]),
  ...mutantsOf('src/command.ts', PROCESS, [
    [
      'rules of Envoy open a port',
      'isOfEnvoy ? readCommand(argv, env, ENVOY_DEFAULTS) : command',
      'isOfEnvoy ? command : command',
    ],
  ]),
];
