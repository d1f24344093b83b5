/** Guards of loading policies, and of giving them to the deciders. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const POLICIES_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/policies/policy-receiver.ts', 'test/policies/policy-pieces.test.ts', [
    [
      'what comes is built aside',
      'this.#aside.set(policy.name, this.#last);',
      'this.#aside.set(policy.name, this.#last);\n    this.#parts.book.replace(this.#aside);',
    ],
    [
      'what was begun and never put in force is thrown away',
      "case 'begin':\n        this.#startAnew();",
      "case 'begin':",
    ],
  ]),
  ...mutantsOf('src/policies/policy-pieces.ts', 'test/policies/policy-pieces.test.ts', [
    [
      'all deciders have it before any goes by it',
      'for (const piece of piecesOf(policies)) await send(piece);',
      "for (const piece of piecesOf(policies)) await send(piece);\n    await send({ kind: 'commit' });",
    ],
    [
      'a piece is small',
      'weight > 0 && weight + partWeight > PIECE_WEIGHT',
      'weight > 1e9 && partWeight > 0',
    ],
    [
      'an override of many keys is sent in pieces',
      'from += PIECE_WEIGHT) {\n        const some = keys.slice(from, from + PIECE_WEIGHT);',
      'from += keys.length) {\n        const some = keys;',
    ],
    [
      'one piece at a time',
      'for (const piece of piecesOf(policies)) await send(piece);',
      'await Promise.all([...piecesOf(policies)].map((piece) => send(piece)));',
    ],
  ]),
  ...mutantsOf('src/policies/file/yaml-text.ts', 'test/policies/file/yaml-text.test.ts', [
    ['no value is of YAML 1.1 by its tag', 'resolveKnownTags: false', 'resolveKnownTags: true'],
    ['nor by what the file says of itself', 'if (version !== VERSION) {', 'if (version === "") {'],
  ]),
  ...mutantsOf('src/policies/file/sources.ts', 'test/policies/file/sources.test.ts', [
    ['the bytes of all files count', 'bytes += more;', 'bytes = more;'],
  ]),
  ...mutantsOf('src/policies/file/read.ts', 'test/policies/file/read.test.ts', [
    [
      'what is wrong in one field hides nothing of another',
      'data ?? soundPart(value, error?.issues ?? [])',
      'data ?? null',
    ],
  ]),
  ...mutantsOf('src/metrics/policy-metrics.ts', 'test/metrics/policy-metrics.test.ts', [
    [
      'no question waits for the lines of all limits',
      'if (++written % LIMITS_A_TURN === 0) await nextTurn();',
      'if (++written < 0) await nextTurn();',
    ],
  ]),
  ...mutantsOf('src/policies/placement.ts', 'test/policies/placement.test.ts', [
    [
      'a limit keeps its place',
      'const places = new Map(this.#places);',
      'const places = new Map<string, number>();',
    ],
    [
      'more limits than places are refused',
      'if (places.size > mostLimits)',
      'if (places.size < 0)',
    ],
    [
      'more kinds of windows than can be open are refused',
      'if (windowKinds.size > mostWindowKinds)',
      'if (windowKinds.size < 0)',
    ],
    [
      'the windows of overrides are kinds too',
      "for (const { value } of overrides) if (value.kind === 'limits') yield* kindsIn(value.limits);",
      'if (overrides.length < 0) yield 0;',
    ],
  ]),
  ...mutantsOf('src/lib/files-watch.ts', 'test/lib/files-watch.test.ts', [
    [
      'files that go on changing are not taken',
      'if (isAsked || (isChanged && isSettled)) {',
      'if (isAsked || isChanged) {',
    ],
    [
      'files that are the same are not loaded again',
      'if (isAsked || (isChanged && isSettled)) {',
      'if (isAsked || isSettled) {',
    ],
    [
      'a change that is seen is looked at again soon',
      'const isWaitedFor = isChanged && !isSettled;',
      'const isWaitedFor = false;',
    ],
    [
      'who asks while files are loaded is heard',
      'this.#wait(this.#isAsked && !mustWait ? 0 : isWaitedFor ? SETTLE_MS : LOOK_EVERY_MS);',
      'this.#wait(isWaitedFor ? SETTLE_MS : LOOK_EVERY_MS);',
    ],
    [
      'one file is never taken for two',
      'identity.update(JSON.stringify(text));',
      'identity.update(text);',
    ],
  ]),
  ...mutantsOf('src/policies/file/yaml-text.ts', 'test/policies/file/yaml-text.test.ts', [
    [
      'more words than any rules have are refused before any value is made',
      '++words > mostWords',
      '++words < 0',
    ],
  ]),
  ...mutantsOf('src/policies/file/compile.ts', 'test/policies/file/read.test.ts', [
    [
      'patterns are few enough for every question to be held against all',
      'if (globs.length > MOST_PATTERNS) {',
      'if (globs.length > 1e9) {',
    ],
  ]),
  ...mutantsOf('src/policies/file/read.ts', 'test/policies/file/read.test.ts', [
    ['words are counted over all files', 'words += reading.yaml.words;', ''],
    [
      'what is no map of policies is one fault',
      "if (typeof named !== 'object' || named === null || Array.isArray(named)) return;",
      "if (typeof named !== 'object' || named === null) return;",
    ],
  ]),
  ...mutantsOf('src/threads/policy-loading.ts', 'test/threads/policy-loading.test.ts', [
    ['bad files are told by a metric', 'cells.set(POLICIES_VALID, 0);', ''],
    ['good files are told by a metric', 'cells.set(POLICIES_VALID, 1);', ''],
    [
      'bad files change nothing',
      'if (!loading.ok) return loading.faults;',
      'if (!loading.ok) {\n      await distribute([], deciders);\n      return loading.faults;\n    }',
    ],
  ]),
  ...mutantsOf('src/threads/supervisor.ts', 'test/process/policies-reload.test.ts', [
    ['SIGHUP ends nothing', "process.on('SIGHUP', () => {", "process.on('SIGUSR2', () => {"],
    [
      'SIGHUP is heard',
      "if (config.policies !== '') workers.reload();",
      "if (config.policies !== '') return;",
    ],
  ]),
  ...mutantsOf('src/threads/supervisor.ts', 'test/process/policies-start.test.ts', [
    [
      'a bad file at the start ends it as a wrong setting does',
      'process.exit(WRONG);',
      'process.exit(1);',
    ],
  ]),
  ...mutantsOf('src/policies/open-windows.ts', 'test/policies/windows.oracle.test.ts', [
    [
      'no thread opens a window that another has seen the end of',
      'const open = nowUs < last.endUs ? last : next(last);',
      'const open = nowUs < last.endUs ? last : next(NEVER);',
    ],
  ]),
];
