/** Guards of spans: which decisions have one, and whose trace it is of. */
import { type Mutant, mutantsOf } from './mutant.ts';

const LIMITER = 'test/tracing/traced-limiter.test.ts';
const PROCESS = 'test/process/tracing.test.ts';

export const TRACING_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/tracing/caller.ts', LIMITER, [
    ['the next question is not taken for one of the last caller', 'this.context = null;', ''],
  ]),
  ...mutantsOf('src/tracing/traced-limiter.ts', LIMITER, [
    ['a span ends with its decision', 'end(decision as DecidedSpan);', ''],
    ['of several the cost is that of all', 'sum + question.cost', 'question.cost'],
  ]),
  ...mutantsOf('src/threads/decider-thread.ts', PROCESS, [
    ['the last spans are exported', 'await tracing?.spans.close();', ''],
  ]),
  ...mutantsOf('src/tracing/open-telemetry.ts', 'test/tracing/open-telemetry.test.ts', [
    ['a collector that is away is told of now and then', 'if (nowUs < nextUs) return;', ''],
    ['an endpoint may end with a slash', String.raw`endpoint.replace(/\/+$/, '')`, 'endpoint'],
  ]),
  ...mutantsOf('src/transport/http/asking/lane.ts', PROCESS, [
    [
      'the lane says whose question it is',
      'caller.during(contextIn(head.before + head.after), () =>',
      'caller.during(null, () =>',
    ],
  ]),
  ...mutantsOf('src/transport/grpc/unary-route.ts', PROCESS, [
    [
      'a call of gRPC says whose question it is',
      'caller.during(this.#context, () =>',
      'caller.during(null, () =>',
    ],
  ]),
];
