/** Guards of profiles: what they say of threads, and what taking them may cost. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FILE = 'test/admin/profiles/pprof-file.test.ts';
const ASKER = 'test/admin/profiles/profile-asker.test.ts';
const ROUTES = 'test/transport/http/admin/profile-routes.test.ts';
const PROFILER = 'test/threads/profiler.test.ts';
const READY = 'test/threads/ready-for-profiles.test.ts';
const PROCESS = 'test/process/admin-profiles.test.ts';

export const PROFILES_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/admin/profiles/cpu-profile.ts', FILE, [
    ['a thread that waits uses no CPU time', '!IDLE.has(callFrame.functionName)', 'true'],
    ['CPU time is that of the clock on the CPU', '(ticks / hits) * cpuUs * 1_000', 'ticks * 1e7'],
    ['names are escaped before they are read', 'JSON.parse(escaped(json))', 'JSON.parse(json)'],
    ['paths are escaped too', '.replaceAll(/("url":")(.*?)("\\})/gs, escapeSecond)', ''],
    ['ticks without a line are kept', 'others > 0 ?', '(false as boolean) ?'],
    ['the root is no function', 'path.slice(0, -1)', 'path'],
  ]),
  ...mutantsOf('src/admin/profiles/pprof-file.ts', FILE, [
    ['what cannot be read ends nothing', 'if (error instanceof SyntaxError) return false;', ''],
    ['threads that were late are named', "...without(late, 'no answer in time'),", ''],
  ]),
  ...mutantsOf('src/admin/profiles/profile-asker.ts', ASKER, [
    ['one profile is taken at a time', 'if (this.#current !== null) {', 'if (false as boolean) {'],
    [
      'who goes ends his own alone',
      "if (this.#current === current) send({ kind: 'profile-end' });",
      "send({ kind: 'profile-end' });",
    ],
    ['none begins at the end', 'this.#isOver = true;', ''],
    ['one that is done makes room', 'this.#current = null;', ''],
    [
      'one that is taken is given before the end',
      'if (this.#current === null) return this.#given;',
      'if (this.#current === null) return;',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/profile-routes.ts', ROUTES, [
    ['a connection may be silent as long as a profile takes', "res.on('timeout', goesOn);", ''],
    ['one that does not take its profile is closed', "res.off('timeout', goesOn);", ''],
    ['whoever ends his side does not wait', "socket.once('end', resolve);", ''],
    ['a connection is left as it was', "socket.off('end', resolve);", ''],
    ['HEAD takes no profile', "if (req.method === 'HEAD') {", 'if (false as boolean) {'],
  ]),
  ...mutantsOf('src/threads/profiler.ts', PROFILER, [
    ['a thread that is stuck is not waited for', 'resolve(null);\n      });', '});'],
    ['one that begins late is stopped', 'if (isLate) undo(came);', 'if (isLate) return;'],
    ['the time before is not counted', '(await thread.cpuUs()) - cpuUs', 'await thread.cpuUs()'],
    ['it ends when it is told to', 'callOff();\n        resolve();', 'callOff();'],
  ]),
  ...mutantsOf('src/threads/profiled-threads.ts', READY, [
    [
      'a profile begins without stopping a thread for long',
      'STANDING.set(worker, await worker.startCpuProfile(RARELY));',
      '',
    ],
  ]),
  ...mutantsOf('src/threads/workers.ts', READY, [
    [
      'every thread is ready for profiles',
      'threads.map(({ worker }) => readyForProfiles(worker))',
      '[]',
    ],
  ]),
  ...mutantsOf('src/threads/workers.ts', PROCESS, [
    [
      'operators are given what they wait for before the end',
      'await closed;\n  }\n\n  /** Returns leases',
      '}\n\n  /** Returns leases',
    ],
  ]),
];
