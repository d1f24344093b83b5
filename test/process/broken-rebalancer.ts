/** A rebalancer that fails after a while. */
import { Rebalancer } from '../../src/table/rebalancer.ts';

const { check } = Rebalancer.prototype;
let checks = 0;
Rebalancer.prototype.check = function (this: Rebalancer) {
  if (++checks > 2) throw new Error('broken on purpose');
  check.call(this);
};

await import('../../src/threads/rebalancer-thread.ts');
