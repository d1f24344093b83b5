/** Guards of leases: their arithmetic, and the table that holds them and the shares. */
import { type Mutant, mutantsOf } from './mutant.ts';

const ARITHMETIC: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/lease.ts', 'test/lease/terms/lease.test.ts', [
    ['a lease gives nothing back', '  if (cost < 0) return null;\n', ''],
    [
      'a lease is for one limit',
      'cost <= lease.left && isFor(lease, bucket, limit)',
      'cost <= lease.left',
    ],
    ['the same limit has the same capacity', ' && lease.capacity === limit.capacity && ', ' && '],
    ['a lease has a deadline', 'if (isLive && cost <=', 'if (cost <='],
    [
      'a lease ends at its deadline, and not after it',
      'const isLive = nowUs < lease.deadlineUs;\n  if',
      'const isLive = nowUs <= lease.deadlineUs;\n  if',
    ],
    ['what a lease has is spent once', '    lease.left -= cost;\n', ''],
    [
      'what is spent from a lease is taken from its picture',
      '    bucket.used += cost * unitsOf(bucket);\n',
      '',
    ],
    [
      'what is spent from a lease is demand',
      "    lease.demand += cost;\n    return 'lease';",
      "    return 'lease';",
    ],
    [
      'what is denied by a note is demand',
      "  lease.demand += cost;\n  return 'denied-until';",
      "  return 'denied-until';",
    ],
    ['a note is over at its time', ' || nowUs >= lease.deniedUntilUs', ''],
    ['a note denies no less than was denied', ' && cost >= lease.deniedCost', ''],
    ['a lease becomes low once', '  lease.low = SAID;\n  return true;', '  return true;'],
    ['a lease is renewed before it is spent', 'const LOW_PART = 0.3;', 'const LOW_PART = 0;'],
    [
      'a lease for another limit goes back whole',
      'isLive && isFor(lease, bucket, limit) ? Math.min',
      'isLive ? Math.min',
    ],
    ['what is given back has left the lease first', '  lease.left = keep;\n', ''],
    ['a debt is told once', '  lease.owed = 0;\n', ''],
    [
      'nothing of a lease that has ended goes back',
      'isLive ? [left - keep, 0] : [0, left]',
      '[left - keep, 0]',
    ],
    [
      'what was left of a lease that has ended is counted',
      'isLive ? [left - keep, 0] : [0, left]',
      '[isLive ? left - keep : 0, 0]',
    ],
    [
      'of a lease that stays only what the store knew of is there',
      'Math.max(0, kept - spent)',
      'Math.max(0, keep - spent)',
    ],
    [
      'a lease that was spent meanwhile takes nothing from its grant',
      'Math.max(0, kept - spent) + grant',
      'kept - spent + grant',
    ],
    [
      'the picture knows what was spent meanwhile',
      '  bucket.used += Math.max(0, spent) * unitsOf(bucket);\n',
      '',
    ],
    [
      'a bucket that goes by another limit has no lease',
      'isBy(bucket, limit) ? limit.capacity : 0',
      'limit.capacity',
    ],
    [
      'while a note says that nothing is to be had, no exchange is due',
      ' || isNoted) return false;',
      ') return false;',
    ],
    [
      'what was owed before a share is told once',
      '  lease.owedBefore = 0;\n  lease.demand',
      '  lease.demand',
    ],
    [
      'what was owed before a share is owed when the store is back',
      '  lease.owed += lease.owedBefore;\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/terms/kept-share.ts', 'test/lease/terms/lease.test.ts', [
    ['what an exchange has taken over is not put back into a share', ' || lease.owed < cost', ''],
    ['what one outage spent is not put back in another', '!isShareOf(lease, outage) || ', ''],
    ['what is put back into a share is not owed', '  lease.owed -= cost;\n', ''],
    ['what a share has spent is owed', 'owed: owed + cost,', 'owed,'],
    [
      'a share is empty again in the next outage',
      'if (isShareOf(lease, outage)) return { sinceUs',
      'if (isShare(lease)) return { sinceUs',
    ],
    [
      'a share does not refill beside a lease',
      'Math.max(outage.sinceUs, lease.deadlineUs, heardUs',
      'Math.max(outage.sinceUs, heardUs',
    ],
    [
      'what was owed as a share began is owed',
      'owedBefore: stillOwed(',
      'owedBefore: 0 * stillOwed(',
    ],
    [
      'a share that is told of does not hide what was owed before it',
      'bucket: withDebt(lease, bucket) }',
      'bucket: { ...bucket } }',
    ],
    [
      'a debt shrinks as its share refills',
      'Math.min(owed + owedBefore, Math.ceil(whole.bucket.used / whole.bucket.period))',
      'owed + owedBefore',
    ],
  ]),
];

const TABLE: readonly Mutant[] = [
  ...mutantsOf('src/lease/lease-table.ts', 'test/lease/lease-table.test.ts', [
    [
      'of several leases each is spent from or none',
      '    if (isTaken) for (const one of spent)',
      '    for (const one of spent)',
    ],
    ['what was not taken after all is said to be left', 'isLeft ? before : bucket', 'bucket'],
    ['what was not taken after all has refilled since', '      bringUp(before, atUs);\n', ''],
    [
      'nothing worth telling takes no slot',
      'const isWorthASlot = settlement.grant > 0 || settlement.deniedCost > 0;',
      'const isWorthASlot = true;',
    ],
    [
      'a note is worth a slot',
      'settlement.grant > 0 || settlement.deniedCost > 0',
      'settlement.grant > 0',
    ],
    ['a lease without a slot is none', 'return slot !== NONE || !isWorthASlot;', 'return true;'],
    [
      'what a share never holds makes no slot',
      'share === null || (cost > share.capacity && !overdraft)',
      'share === null',
    ],
    ['the first debt alone is said', 'isNewlyOwed = owed === 0 && spent', 'isNewlyOwed = spent'],
    [
      'a look at a share makes no slot',
      'const takes = (allowed || isDrawn) && cost > 0;',
      'const takes = allowed || isDrawn;',
    ],
    [
      'a denial by a share makes no slot',
      'const takes = (allowed || isDrawn) && cost > 0;',
      'const takes = cost > 0;',
    ],
    [
      'a share without a slot gives nothing',
      '    if (takes && slot === NONE) return standIn(taking, source, false);\n',
      '',
    ],
    [
      'a share answers for its limit',
      'return { ...decision, limit: limit.capacity };',
      'return decision;',
    ],
    [
      'what is put back into a share is kept',
      'this.#close(isBack ? slot : NONE);',
      'this.#close(NONE);',
    ],
    [
      'a key without a slot has the lease of no other',
      '      Object.assign(this.#lease, noLease());\n',
      '',
    ],
    [
      'a shard knows when its next lease can be forgotten',
      '    shard.expectFull(forgettableFromUs(record.lease));\n',
      '',
    ],
    [
      'a denial by a note waits for its end',
      'Math.max(decision.retryAfterMs, leastMs)',
      'decision.retryAfterMs',
    ],
  ]),
];

const RECORDS: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/lease.ts', 'test/table/lease-records.test.ts', [
    ['what is owed is not forgotten', 'isShare(lease) || owed > 0', 'isShare(lease)'],
    ['a note is not forgotten while it holds', 'Math.max(deadlineUs, deniedUntilUs)', 'deadlineUs'],
  ]),
  ...mutantsOf('src/lease/terms/lease.ts', 'test/lease/lease-table.test.ts', [
    [
      'a lease that nobody asked for lately goes back',
      'outlook === null || (demand === 0 && !outlook.isAskedFor)',
      'outlook === null',
    ],
    [
      'a lease is made where it is worth its exchanges',
      'return expected >= outlook.worthFrom ?',
      'return expected > 0 ?',
    ],
    ['what a lease has counted is expected again', 'outlook.expected + demand', 'outlook.expected'],
    ['a share is not forgotten before it has ended', 'isShare(lease) || owed > 0', 'owed > 0'],
  ]),
  ...mutantsOf('src/lease/terms/kept-share.ts', 'test/lease/lease-table.test.ts', [
    [
      'a share that owes something does not end',
      '!isShare(lease) || lease.owed + lease.owedBefore > 0',
      '!isShare(lease)',
    ],
  ]),
  ...mutantsOf('src/table/lease-records.ts', 'test/table/lease-records.test.ts', [
    [
      'what was owed before a share is kept in shared memory',
      'isShare(lease) ? lease.owedBefore : lease.low',
      'lease.low',
    ],
    ['what is owed is kept in shared memory', '    doubles[base + OWED] = lease.owed;\n', ''],
  ]),
  ...mutantsOf('src/table/lease-records.ts', 'test/lease/lease-table.test.ts', [
    [
      'a live lease is not forgotten, be its bucket full',
      'return forgettableFromUs(this.#lease);',
      'return this.#buckets.forgettableFromUs(slot);',
    ],
  ]),
  ...mutantsOf('src/table/tree-engine/evict.ts', 'test/table/tree-engine/evict.test.ts', [
    [
      'what stayed is looked at when it can be forgotten',
      'this.fullFromUs = Math.min(this.fullFromUs, fullUs);',
      '',
    ],
  ]),
];

const FORGOTTEN: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/lease.ts', 'test/bucket/forgettable.test.ts', [
    [
      'a note outlives the lease beside it',
      'return Math.max(deadlineUs, deniedUntilUs);',
      'return deadlineUs;',
    ],
    [
      'a lease outlives the note beside it',
      'return Math.max(deadlineUs, deniedUntilUs);',
      'return deniedUntilUs;',
    ],
    ['a lease that owes is not forgotten', 'isShare(lease) || owed > 0', 'isShare(lease)'],
    ['a share is not forgotten while it may go on', 'isShare(lease) || owed > 0', 'owed > 0'],
  ]),
  ...mutantsOf('src/lease/terms/kept-share.ts', 'test/bucket/forgettable.test.ts', [
    [
      'a share that has ended can be forgotten',
      '  Object.assign(lease, noLease());\n  Object.assign(bucket, fullBucket());\n  fill',
      '  Object.assign(bucket, fullBucket());\n  fill',
    ],
  ]),
];

export const LEASE_MUTANTS: readonly Mutant[] = [...ARITHMETIC, ...FORGOTTEN, ...TABLE, ...RECORDS];
