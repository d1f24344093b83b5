/** A decider in which what TEST_BREAK names throws. */
import { assert } from '../../src/lib/assert.ts';
import { Table } from '../../src/table/table.ts';

const BROKEN = 'broken on purpose';

switch (process.env['TEST_BREAK']) {
  case 'decision':
    Table.prototype.take = () => {
      assert(false, BROKEN);
      throw new Error('not reached');
    };
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
