/** A decider in which what TEST_BREAK names throws. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../src/lib/assert.ts';
import { Table } from '../../src/table/table.ts';
import type { ToDecider } from '../../src/threads/thread-messages.ts';

const BROKEN = 'broken on purpose';

switch (process.env['TEST_BREAK']) {
  case 'decision':
    // Not before it listens: it would fail as it runs through what it will be asked.
    parentPort?.on('message', ({ kind }: ToDecider) => {
      if (kind !== 'listen') return;
      Table.prototype.take = () => {
        assert(false, BROKEN);
        throw new Error('not reached');
      };
    });
    break;
  case 'express-handler': // GET /metrics asks for the size.
    Object.defineProperty(Table.prototype, 'size', {
      get: () => assert(false, BROKEN),
    });
    break;
  case 'decider-timer':
    setTimeout(() => {
      throw new Error(BROKEN);
    }, 500);
    break;
  default:
}

await import('../../src/threads/decider-thread.ts');
