/** Guards of the client beyond limit(): policies, all or none, settling, turns, the hook. */
import { type Mutant, mutantsOf } from './mutant.ts';

const of = (file: string, test: string, guards: Parameters<typeof mutantsOf>[2]) =>
  mutantsOf(`src/client/${file}.ts`, `test/client/${test}.test.ts`, guards);

export const CLIENT_CALL_MUTANTS: readonly Mutant[] = [
  ...of('decisions', 'policies', [
    ['the client believes no decision about another policy', " || fields['policy'] !== policy", ''],
    [
      'the client believes no policy that says yes while a limit says no',
      ' || !agrees(allowed, isDry, limits)',
      '',
    ],
    ['a dry run denies nothing', 'if (isDry) return allowed;', 'if (isDry) return true;'],
    [
      'the client believes no numbers of another limit',
      ' && decider.limit === limit && decider.remaining === remaining',
      '',
    ],
    ['a name goes into no header field unseen', ' || !NAME.test(name)', ''],
    ['no limit is there twice', ' || limits.some(({ name }) => name === limit.name)', ''],
  ]),
  ...of('question-check', 'policies', [
    [
      'no question has a policy and a limit',
      'if (question[field] === undefined) continue;',
      'if (question[field] !== null) continue;',
    ],
  ]),
  ...of('decisions', 'all-or-none', [
    [
      'the client believes no yes to all while one says no',
      ' || !each.every((one) => one.allowed)',
      '',
    ],
    ['the client wants an answer to each of all', ' || all.length !== asked.length', ''],
  ]),
  ...of('client', 'settling', [
    [
      'a settlement is not sent twice',
      'return { answered: true, decision: await this.#single.ask(settling as AnyQuestion) };',
      `const send = () => this.#single.ask(settling as AnyQuestion);
      return { answered: true, decision: await send().catch(send) };`,
    ],
    [
      'a refund goes into no batch',
      'await this.#single.ask(settling as AnyQuestion)',
      'await this.#batcher.ask(settling as AnyQuestion)',
    ],
    [
      'what is above the estimate is taken in any case',
      '...(tokens > 0 ? { overdraft: true } : {})',
      '',
    ],
    [
      'no difference is nothing to send',
      'if (tokens === 0) return { answered: true, decision: null };',
      '',
    ],
    [
      'a settlement is never too large',
      'Math.min(tokens, mostSettled(question.capacity))',
      'tokens',
    ],
    ['a refund without an answer is told', 'this.#unavailable.tell({ call,', 'void ({ call,'],
  ]),
  ...of('unavailable', 'unavailable', [
    [
      'a hook that throws changes no decision',
      `} catch {
      // Nothing that a decision waits for may hang on it.
    }`,
      '} finally {\n    }',
    ],
    ['a hook that rejects ends no process', '.catch(() => {})', ''],
    ['a bad question is no outage', 'if (!(error instanceof UnavailableError)) throw error;', ''],
  ]),
  ...of('turns', 'turns', [
    [
      'first come, first served',
      '(!isWaitedFor && waiter.cost < told.cost)',
      'waiter.cost < told.cost',
    ],
    ['one question of a line is on its way', 'if (line.asking !== null) return;', ''],
    [
      'nothing is asked again before its time',
      'told === null || (!isWaitedFor && waiter.cost < told.cost)',
      'true',
    ],
    [
      'who cannot wait as long gives up at once',
      'if (waiter.untilUs < told.atUs) this.#sendAway(line, waiter, told);\n      else isWaitedFor = true;',
      'isWaitedFor = true;',
    ],
    ['whose time is over gives up then', '() => this.#expire(line, waiter)', '() => {}'],
    ['a question on its way is heard', 'line.asking === waiter || ', ''],
    ['who is done leaves no timer', '      callOff();\n', ''],
    ['who is done leaves no listener', "signal?.removeEventListener('abort', abort);", ''],
    ['a line that nobody stands in is forgotten', 'this.#lines.delete(line.id);', ''],
    ['an overdraft is waited for by nobody', 'checkNoOverdraft(question);', ''],
    ['who was aborted before it came asks nobody', 'if (signal?.aborted) throw signal.reason;', ''],
    ['a question waits as it was', '{ ...question }', 'question'],
  ]),
  ...of('turns', 'turns-answers', [
    [
      'what had no answer is not asked again',
      '} else if (error !== undefined) {',
      '} else if (error === null) {',
    ],
    [
      'what can never pass is not waited for',
      '} else if (retryAfterMs === null) {',
      "} else if (line.id === '') {",
    ],
  ]),
  ...of('turns', 'turns.property', [
    [
      'nobody is served before those who came earlier',
      'for (const waiter of line.waiting) {\n      const',
      'for (const waiter of [...line.waiting].reverse()) {\n      const',
    ],
  ]),
  ...of('client', 'acquire', [
    [
      'a wait above 2^31 - 1 ms is no wait of 1 ms',
      'timers: systemTimers',
      'timers: { ...systemTimers, after: (ms, task) => clearTimeout.bind(null, setTimeout(task, ms)) }',
    ],
    ['close() ends the wait of all', 'this.#turns.close();', ''],
  ]),
  ...of('answers', 'reset', [
    ['a refused token is said as that', 'if (!UNAUTHORIZED.includes(reply.status))', 'if (true)'],
    [
      'a reset is believed only in words',
      "typeof reset === 'boolean' ? reset : null",
      'reset as boolean',
    ],
  ]),
  ...of('client-options', 'reset', [
    ['a token that cannot be sent is refused', ' && /^[\\x21-\\x7e]+$/.test(token)', ''],
  ]),
  ...of('gate', 'middlewares', [
    ['no middleware lets a forgotten cost through', 'checkCost(cost, undefined);', ''],
    [
      'what no wait helps has no Retry-After',
      'if (decision.allowed || retryAfterMs !== null) {',
      'if (decision !== null) {',
    ],
    [
      'no middleware has a limit and a policy',
      "if (limit !== undefined) throw new TypeError('limit must be left out where a policy is named');",
      '',
    ],
  ]),
  ...of('fetch', 'fetch', [
    ['an upgrade is left as it is', 'response.status < 200 ? response : ', ''],
    [
      'a response that is fixed is copied',
      'const copy = new Response(response.body, response);',
      'const copy = response;',
    ],
  ]),
];
