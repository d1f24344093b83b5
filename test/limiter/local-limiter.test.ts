/** The limiter of a process that shares nothing. */
import { describe } from 'vitest';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { ENGINES, reserveTable } from '../../src/table/table-memory.ts';
import { keptLimitCases } from './kept-limit.cases.ts';
import { limiterCases } from './limiter.cases.ts';

describe.each(ENGINES)('with the engine %s', (engine) => {
  const open = () => {
    const memory = reserveTable(100, { engine, shards: 1 });
    const limiter = new LocalLimiter(memory, new Cells(Cells.reserve(1), 0));
    let nowUs = 1_000_000_000;
    return {
      limiter,
      get nowUs() {
        return nowUs;
      },
      pass: async (ms: number) => {
        nowUs += ms * 1_000;
      },
    };
  };
  limiterCases(open);
  keptLimitCases(open);
});
