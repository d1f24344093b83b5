/** Guards of windows that instances share. */
import { type Mutant, mutantsOf } from './mutant.ts';

const SCRIPT = 'test/lease/store/window-exchange.test.ts';
const EXCHANGER = 'test/lease/fetcher/exchanger-windows.test.ts';
const SHARES = 'test/lease/window-shares.test.ts';

const IN_THE_STORE: readonly Mutant[] = [
  ...mutantsOf('src/lease/store/window-exchange.lua', SCRIPT, [
    [
      'windows, shared: the store that is in none of them changes nothing',
      "if now < begins or now >= thirdEnd then return pack('<dd', ELSEWHERE, now) end",
      '',
    ],
    [
      'windows, shared: the store may be a window behind',
      'if now < firstEnd then ends = firstEnd elseif',
      'if',
    ],
    [
      'windows, shared: a window that is over counts no more',
      'if theirEnd <= now then',
      'if false then',
    ],
    [
      'windows, shared: a clock that went back opens no window again',
      'if theirEnd > ends and theirEnd - now <= 2 * longest then ends = theirEnd end',
      '',
    ],
    [
      'windows, shared: a clock that was wrong is not believed for ever',
      ' and theirEnd - now <= 2 * longest then',
      ' then',
    ],
    [
      'windows, shared: another kind goes on with what is used',
      'used = min(there, capacity)',
      'used = 0',
    ],
    [
      'windows, shared: another kind has no more used than there is',
      'used = min(there, capacity)',
      'used = there',
    ],
    [
      'windows, shared: a token bucket forgives nothing as it becomes a window',
      'used = min(capacity, ceil(used / oldPeriod))',
      'used = 0',
    ],
    [
      'windows, shared: it has refilled until then',
      'used = refilled(used + 0, at, count + 0, tick + 0, now)',
      'used = used + 0',
    ],
    [
      'windows, shared: a lease that ends counts as used',
      'if expiry > overUntil then used = min(TOP, used + held) end',
      '',
    ],
    [
      'windows, shared: a lease of a window that is over is gone with it',
      'if expiry > overUntil then used = min(TOP, used + held) end',
      'used = min(TOP, used + held)',
    ],
    [
      'windows, shared: what was booked in a window that is over is not undone',
      'charged = overUntil > 0 and 0 or min(',
      'charged = min(',
    ],
    [
      'windows, shared: each can take back an even share',
      'local share = othersBooked > lowest and floor(lowest / bookers) or TOP',
      'local share = TOP',
    ],
    [
      'windows, shared: what is owed of a window that is over is not charged',
      'if owed > 0 and (owedEnd == 0 or owedEnd >= ends) then',
      'if owed > 0 then',
    ],
    [
      'windows, shared: a window is no fuller than full',
      'used = max(0, used + cost)',
      'used = used + cost',
    ],
    [
      'windows, shared: what is held counts',
      'allowed = cost <= capacity - used - othersHeld - held',
      'allowed = cost <= capacity - used',
    ],
    [
      'windows, shared: a lease has a hundredth',
      'local taken = min(want, most, max(least, floor(free / active)))',
      'local taken = min(want, free, max(least, floor(free / active)))',
    ],
    [
      'windows, shared: with what it holds',
      'floor((free + held) / LEASED_PARTS) - held',
      'floor((free + held) / LEASED_PARTS)',
    ],
    [
      'windows, shared: a lease that would end at once is not given',
      'if want > 0 and ends - now >= ttl / TIME_PARTS then',
      'if want > 0 then',
    ],
    ['windows, shared: a lease ends with its window', 'min(now + ttl, ends)', 'now + ttl'],
    [
      'windows, shared: the hash says of which kind it is',
      "if isAnother then call('HSET', key, 'limit', format(ONE, limitPeriod)) end",
      '',
    ],
    [
      'windows, shared: a key is remembered when its window is over',
      'lastExpiry + min(longest, MOST_KEPT)',
      'lastExpiry',
    ],
    [
      'windows, shared: a key expires with its window',
      "call('PEXPIREAT', key, format(ONE, ceil((lastExpiry + min(longest, MOST_KEPT)) / 1000)))",
      "call('PEXPIREAT', key, format(ONE, ceil(now / 1000)))",
    ],
  ]),
  ...mutantsOf('src/lease/store/exchange.lua', SCRIPT, [
    [
      'windows, shared: a window forgives nothing as it becomes a token bucket',
      'used = ends <= now and 0 or min(used, capacity) * limitPeriod',
      'used = 0',
    ],
    [
      'windows, shared: one that is over leaves nothing',
      'used = ends <= now and 0 or min(used, capacity) * limitPeriod',
      'used = min(used, capacity) * limitPeriod',
    ],
  ]),
];

const ASKING: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/store-calendar.ts', EXCHANGER, [
    [
      'windows, shared: the store that is elsewhere is believed',
      'this.#aheadUs = storeUs - this.#parts.wall();',
      '',
    ],
    [
      'windows, shared: it is asked again once',
      'if (isAgain || window === undefined',
      'if (window === undefined',
    ],
    [
      'windows, shared: the ends are worked out anew as a window ends',
      'known[1] <= nowUs && nowUs < known[2]',
      'known[1] <= nowUs',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/store-decisions.ts', EXCHANGER, [
    [
      'windows, shared: a lease is spent until its window ends',
      'return isWindow(reply) ? Math.min(ttlUs, -reply.sinceUs) : ttlUs;',
      'return ttlUs;',
    ],
    [
      'windows, shared: a note does not outlive the window',
      'Math.min(now.nowUs + noteMs * 1_000, endsUs(sent, reply))',
      'now.nowUs + noteMs * 1_000',
    ],
    [
      'windows, shared: that a window was short does not mean that the store is far',
      'Math.floor(exchange.ttlUs * LEASE_SAFE_PART) <= nowUs',
      '60_000 <= nowUs',
    ],
    [
      'windows, shared: a lease that ends with its window is not renewed before',
      ' || leaseUs(reply, ttlUs) < ttlUs) return null;',
      ') return null;',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', EXCHANGER, [
    [
      'windows, shared: an overdraft of a window that is over is not taken later',
      'if (isOver(this.#draftedEndUs)) this.drafted = 0;',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/flight.ts', EXCHANGER, [
    [
      'windows, shared: windows and token buckets go in calls of their own',
      'windows === undefined}`;',
      'true}`;',
    ],
  ]),
  ...mutantsOf('src/lease/packed.ts', 'test/lease/packed.test.ts', [
    [
      'windows, shared: a limit goes with its window from thread to thread',
      'return isOfService ? keptBy(limit, window ?? null) : limit;',
      'return isOfService ? keptBy(limit) : limit;',
    ],
    [
      'windows, shared: limits of two windows are not taken for one',
      ' &&\n    last.window === window\n',
      '\n',
    ],
  ]),
];

const OWING: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/kept-share.ts', SHARES, [
    [
      'windows, shared: a share ends with its window',
      'if (!isShare(lease) || lease.deadlineUs >= beganUs(limit, nowUs)) return;',
      'return;',
    ],
    [
      'windows, shared: a share is empty as its window begins',
      ', heardUs, beganUs(limit, nowUs))',
      ', heardUs)',
    ],
    [
      'windows, shared: who was asked before the window ended spends of the next',
      'return nowUs < window.endUs ? window.beginUs : window.endUs;',
      'return window.beginUs;',
    ],
    [
      'windows, shared: a share begins after the last answer',
      'isWindow(bucket) ? lease.deniedUntilUs : bucket.atUs',
      'isWindow(bucket) ? 0 : bucket.atUs',
    ],
    [
      'windows, shared: the end of a window does not put off its share',
      'isWindow(bucket) ? lease.deniedUntilUs : bucket.atUs',
      'bucket.atUs',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', SHARES, [
    [
      'windows, shared: a debt of a window that is over is not told',
      'this.owedEndUs = windows?.owedEndUs ?? 0;',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', SHARES, [
    [
      'windows, shared: a debt names its window',
      'collected.owed > 0 ? endUsOf(limit, nowUs) : state.owedEndUs',
      'collected.owed > 0 ? 1 : state.owedEndUs',
    ],
  ]),
];

export const WINDOW_SHARING_MUTANTS: readonly Mutant[] = [...IN_THE_STORE, ...ASKING, ...OWING];
