/** The limiter of instances that share limits: it does what every limiter does. */
import { describe } from 'vitest';
import { keptLimitCases } from '../../limiter/kept-limit.cases.ts';
import { limiterCases } from '../../limiter/limiter.cases.ts';
import { SETTINGS } from '../fetcher/exchanger-scene.ts';
import { SharedScene } from './shared-scene.ts';

describe.each(['leased', 'strict'] as const)('%s', (sharing) => {
  limiterCases(() => new SharedScene({ ...SETTINGS, sharing }));
  keptLimitCases(() => new SharedScene({ ...SETTINGS, sharing }));
});
