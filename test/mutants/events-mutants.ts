/** Guards of what operators are told while it happens, and of what telling them may cost. */
import { type Mutant, mutantsOf } from './mutant.ts';

const STREAMS = 'test/transport/http/admin/event-streams.test.ts';
const WATCH = 'test/admin/watch.test.ts';
const PROCESS = 'test/process/admin-events.test.ts';

export const EVENTS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/transport/http/admin/event-streams.ts', STREAMS, [
    ['who does not read is not written to', 'if (listener.res.writableLength > 0) continue;', ''],
    [
      'what a listener holds is counted',
      'setImmediate(() => holdingOf(res.req.socket)?.changed());',
      '',
    ],
    ['listeners are bounded', 'this.#listeners.size >= MOST_LISTENERS', 'false as boolean'],
    ['a listener that is gone makes room', 'this.#listeners.delete(listener);', ''],
    ['a client that ends its side is taken to be gone', "req.socket.once('end', end);", ''],
    [
      'how things are is worked out once for all',
      'now ??= this.#nowEvent();',
      'now = this.#nowEvent();',
    ],
    ['what was told is not told again', 'listener.last = happenings.last;', ''],
    ['streams end with the service', 'for (const { res } of this.#listeners) res.end();', ''],
    ['no stream begins when the service ends', 'this.#isOver = true;', ''],
    ['HEAD is answered and over', "if (req.method === 'HEAD') {", 'if (false as boolean) {'],
  ]),
  ...mutantsOf('src/transport/http/admin/event-routes.ts', STREAMS, [
    [
      'nothing is said in the middle of a stream',
      'return replies.inOrder(req.socket, streams.open(req, res, replies));',
      'return streams.open(req, res, replies);',
    ],
  ]),
  ...mutantsOf('src/admin/happenings.ts', 'test/admin/happenings.test.ts', [
    [
      'what happened is bounded',
      'if (this.#kept.length > MOST_HAPPENINGS) this.#kept.shift();',
      '',
    ],
    [
      'an id of another run is none of this one',
      'run === this.#run && number <= this.#last',
      'number <= this.#last',
    ],
    [
      'an id that is not there yet is of another run',
      'run === this.#run && number <= this.#last',
      'run === this.#run',
    ],
  ]),
  ...mutantsOf('src/admin/episode.ts', WATCH, [
    ['an episode is told once', 'this.#isTold || this.#times < least', 'this.#times < least'],
    ['a mistake is no episode', 'this.#isTold || this.#times < least', 'this.#isTold'],
    [
      'an episode that was not told is not told to be over',
      'const wasTold = this.#isTold;',
      'const wasTold = true;',
    ],
    [
      'a short pause ends no episode',
      'nowUs - this.#lastUs >= QUIET_S * 1_000_000',
      'nowUs - this.#lastUs > 0',
    ],
  ]),
  ...mutantsOf('src/admin/store-watch.ts', WATCH, [
    [
      'an outage between two looks is told of',
      'const isNew = outage.number !== this.#outage;',
      'const isNew = isAway && !this.#wasAway;',
    ],
    [
      'a store that was never there is told of',
      'this.#outage = status.outage.number - (status.isAway ? 1 : 0);',
      'this.#outage = status.outage.number;',
    ],
  ]),
  ...mutantsOf('src/admin/watch.ts', WATCH, [
    [
      'what was counted before has not happened',
      'this.#before = sums;\n    this.#store',
      'this.#before = new Float64Array(sums.length);\n    this.#store',
    ],
  ]),
  ...mutantsOf('src/threads/workers.ts', PROCESS, [
    [
      'operators are told that the service ends',
      "this.#admin.postMessage({ kind: 'close' } satisfies ToAdminThread);",
      '',
    ],
  ]),
  ...mutantsOf('src/threads/vitals.ts', 'test/threads/vitals.test.ts', [
    ['turns are told as of the last few seconds', 'delay.reset();', ''],
    ['how busy a thread is is told as of the last few seconds', 'this.#before = now;', ''],
    [
      'the time between two samples is no lateness',
      'nanoseconds / 1e9 - SAMPLE_EVERY_MS / 1_000',
      'nanoseconds / 1e9 + 1',
    ],
    [
      'the longest pause is kept',
      'Math.max(longestS[kind] as number, seconds)',
      'Math.min(longestS[kind] as number, seconds)',
    ],
    ['a loop without events looks at its use now and then', 'if (nowUs < nextUs) return;', ''],
  ]),
];
