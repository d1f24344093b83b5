/** Guards of the connection to Redis, and of the exchange: its script and its model. */
import { type Mutant, mutantsOf } from './mutant.ts';

const CONNECTION = 'src/lease/store/redis-connection.ts';
const CLIENT = 'src/lease/store/redis-client.ts';
const TURN = 'test/lease/model/exchange-turn.ts';
const SCRIPT = 'src/lease/store/exchange.lua';
const OUTAGES = 'test/lease/store/redis-outages.test.ts';
const STORE = 'test/lease/store/redis-store.test.ts';
const NAMES = 'test/lease/store/redis-names.test.ts';
const WINDOW = 'test/lease/store/exchange-window.test.ts';
const LEASES = 'test/lease/store/exchange-leases.test.ts';
const EFFECTS = 'test/lease/store/exchange-effects.test.ts';
const DIFFERENTIAL = 'test/lease/store/exchange-differential.test.ts';
const TICKS = 'test/lease/store/exchange-ticks.test.ts';

const REDIS: readonly Mutant[] = [
  ...mutantsOf(CONNECTION, STORE, [
    [
      'exchanges of a turn go in one write',
      '    for (const stream of streams) stream.cork();\n',
      '',
    ],
    [
      'a script that was refused is not sent again',
      "        if (!error.message.startsWith('NOSCRIPT')) throw error;\n",
      '',
    ],
  ]),
  ...mutantsOf(CONNECTION, OUTAGES, [
    [
      'a connection that is being made has its time',
      "    if (this.client?.status !== 'ready') return;\n",
      '',
    ],
    [
      'a connection to what has become a replica is dropped',
      "    if (message.includes('READONLY')) this.drop('it is a replica');\n",
      '',
    ],
  ]),
  ...mutantsOf(CLIENT, 'test/lease/store/redis-cluster.test.ts', [
    ['what a lost node had is sent to no other', '    retryDelayOnFailover: 0,\n', ''],
  ]),
  ...mutantsOf(CLIENT, OUTAGES, [
    ['no connection to Redis reconnects', '{ retryStrategy: null, ', '{ '],
    ['a server that is silent is given up', '    socketTimeout: patienceMs,\n', ''],
  ]),
  ...mutantsOf('src/lease/store/redis-names.ts', NAMES, [
    ['no bucket is where instances are counted', ':b:$', ':$'],
    ['no client chooses where in a cluster a bucket is', "text.includes('{')", "text === '{'"],
    ['a limit of a policy has a name of its own', '.slice(0, end)}`', '.slice(0, 0)}`'],
    ['no key is named as a digest is', '? `{$', '? `$'],
    ['no prefix holds another', '/^[\\w.-]{1,64}$/', '/^[\\w.:-]{1,64}$/'],
  ]),
  ...mutantsOf('src/lease/store/heartbeat.lua', 'test/lease/store/exchange-redis.test.ts', [
    [
      'instances that are gone are not counted',
      "redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%.0f', now - lifetime))\n",
      '',
    ],
    [
      'instances do not outlive a clock that was set back',
      "  redis.call('ZADD', key, at, name)\n",
      '',
    ],
  ]),
];

const MODEL: readonly Mutant[] = [
  ...mutantsOf(TURN, WINDOW, [
    [
      'no more is given back than was charged',
      'Math.min(vain * this.#bucket.period, this.#charged)',
      'vain * this.#bucket.period',
    ],
    [
      'leased tokens occupy the bucket',
      'limit.capacity - cost - this.#othersHeld - this.#held',
      'limit.capacity - cost',
    ],
    [
      'what others booked and was refilled since is not undone',
      '    for (const lease of this.#others) lease.booked = Math.min(lease.booked, share);\n',
      '    if (share < 0) this.#others.pop();\n',
    ],
  ]),
  ...mutantsOf(TURN, EFFECTS, [
    [
      'what was refilled since is not undone',
      'this.#charged = Math.min(own.booked, this.#lowest);',
      'this.#charged = own.booked;',
    ],
    [
      'what is charged again and given back is not taken from others',
      '(this.#isUndone ? this.#giveBack(units) : this.#takeBack(units))',
      'this.#takeBack(units)',
    ],
  ]),
  ...mutantsOf(TURN, TICKS, [
    [
      'what a part of a tick gave back is not undone',
      'this.#bucket.used - Math.ceil(this.#backInTick(nowUs))',
      'this.#bucket.used',
    ],
    ['what is in use when a lease ends is that of then', 'this.#lower(endedUs);', 'this.#lower();'],
    [
      'what a part of a tick gave back is not charged again',
      'this.#bucket.used - Math.floor(this.#backInTick(this.#nowUs))',
      'this.#bucket.used',
    ],
  ]),
  ...mutantsOf(TURN, 'test/lease/store/exchange-unanswered.test.ts', [
    [
      'what can be undone is what was done',
      '      this.#book(() => this.#giveBack(-cost * this.#bucket.period));\n',
      `      this.#giveBack(-cost * this.#bucket.period);
      this.#booked += cost * this.#bucket.period;
`,
    ],
  ]),
  ...mutantsOf(TURN, 'test/simulation/simulation.test.ts', [
    [
      'the simulation sees what is booked and was not done',
      '      this.#book(() => this.#giveBack(-cost * this.#bucket.period));\n',
      `      this.#giveBack(-cost * this.#bucket.period);
      this.#booked += cost * this.#bucket.period;
`,
    ],
  ]),
];

const LUA: readonly Mutant[] = [
  ...mutantsOf(SCRIPT, LEASES, [
    [
      'what comes back after the lease has ended is not credited',
      'local held = isLive and ownHeld or 0',
      'local held = ownHeld',
    ],
    [
      'a lease occupied the bucket until it ended',
      'used, at = refilled(used, at, count, tick, endedAt)',
      'used, at = refilled(used, at, count, tick, now)',
    ],
    ['nothing comes sooner for a clock that went back', 'slip = max(0, seen - now)', 'slip = 0'],
  ]),
  ...mutantsOf(SCRIPT, EFFECTS, [
    [
      'an exchange is obeyed once',
      "    if seq + n <= ownSeq then return pack('<d', STALE) end\n",
      '',
    ],
    [
      'the script takes from no others what is charged again and given back',
      'lowest = isUndone and min(lowest, used - ceil(backInTick(at, count, tick, now)))\n      or max',
      'lowest = max',
    ],
    [
      'what the script can undo is what it did',
      'booked + (used - floor(back) - before)',
      'booked + cost * period',
    ],
    [
      'what others may undo is counted in units of the limit that the bucket goes by',
      'b = inTokens(b, oldPeriod, period)',
      'b = b + 0',
    ],
  ]),
  ...mutantsOf(SCRIPT, TICKS, [
    [
      'what a part of a tick gave back is not undone by the script',
      'lowest = min(lowest, used - ceil(backInTick(at, count, tick, now)))',
      'lowest = min(lowest, used)',
    ],
    [
      'the script knows what is in use when a lease ends',
      'lowest = used - ceil(backInTick(at, count, tick, endedAt))',
      'lowest = used',
    ],
    [
      'a refund within a tick leaves others what is in use',
      'min(lowest, used - ceil(back))',
      'min(lowest, used)',
    ],
    [
      'what a part of a tick gave back is not charged again by the script',
      'local before = used - floor(backInTick(at, count, tick, now))\n      used, at = refilled(used + cost',
      'local before = used\n      used, at = refilled(used + cost',
    ],
    [
      'what a part of a tick gave back of what was charged in vain is not charged again',
      'local before = used - floor(backInTick(at, count, tick, now))\n    used, at = refilled(used - given',
      'local before = used\n    used, at = refilled(used - given',
    ],
  ]),
  ...mutantsOf(SCRIPT, 'test/process/lost-refund.test.ts', [
    [
      'a refund that nobody heard of charges nobody',
      'booked + (used - floor(back) - before)',
      'booked + cost * period',
    ],
  ]),
  ...mutantsOf(SCRIPT, 'test/lease/store/exchange-differential.test.ts', [
    [
      'a denial changes no limit in the store',
      'allowed = room >= 0 and units <= room * limitPeriod\n',
      `allowed = room >= 0 and units <= room * limitPeriod
        if not isSame and not allowed and units <= capacity * limitPeriod then
          used, at, count, period, tick = units, now, limitCount, limitPeriod, limitTick
          isSame, isNew = true, true
        end
`,
    ],
    [
      'what is used is counted in units of the limit that is asked under',
      'elseif not units then\n        units = converted(used, now - at, count, period, tick, limitPeriod)',
      'elseif not units then\n        units = used',
    ],
  ]),
  ...mutantsOf('src/lease/store/bucket.lua', 'test/lease/store/exchange-decisions.test.ts', [
    [
      'the script converts to no unit too few',
      '  while not isEnough(units) do',
      '  while false do',
    ],
    ['the script converts exactly', '  while isEnough(units - 1) do units = units - 1 end\n', ''],
  ]),
  ...mutantsOf('src/lease/store/exchange-answers.lua', OUTAGES, [
    ['what Redis refuses is refused for all keys', 'if not isOfKey then', 'if false then'],
  ]),
  ...mutantsOf(SCRIPT, 'test/lease/store/exchange-redis.test.ts', [
    [
      'a hash of a newer version is left alone',
      "      if not used then return pack('<d', NEWER) end\n      used = ends",
      '      if not used then used, ends, version, seen = 0, 0, now, now end\n      used = ends',
    ],
  ]),
  ...mutantsOf(
    'src/lease/store/exchange-arguments.lua',
    'test/lease/store/exchange-redis.test.ts',
    [
      [
        'the script keeps all digits',
        "ONE, THREE = '%.0f', '%.0f:%.0f:%.0f'",
        "ONE, THREE = '%.14g', '%.14g:%.14g:%.14g'",
      ],
    ],
  ),
  ...mutantsOf('src/lease/store/new-keys.lua', 'test/lease/store/exchange-redis.test.ts', [
    [
      'what new keys are left is worked out once a stretch, and for each',
      'if preparedFor ~= costs then',
      'if not preparedFor then',
    ],
    [
      'the next of new keys has the next number',
      'format(ONE, seq + n) .. newRecord',
      'format(ONE, seq) .. newRecord',
    ],
  ]),
  ...mutantsOf('src/lease/store/exchange-arguments.lua', DIFFERENTIAL, [
    ['new keys: what is to be held is not taken', ' and holds == 0\n', '\n'],
    ['new keys: what is owed is charged', 'and keep + back + owed + vain + want == 0\n', '\n'],
    ['new keys: who asks for more than there can be gets nothing', ' and cost <= capacity', ''],
  ]),
  ...mutantsOf('src/lease/store/new-keys.lua', DIFFERENTIAL, [
    [
      'new keys: they expire when they are full',
      'now + ceil(used / limitCount)',
      'now + floor(used / limitCount)',
    ],
    ['new keys: a lease outlasts them', 'max(now + ttl, now', 'max(now, now'],
  ]),
  ...mutantsOf('src/lease/store/exchange-answers.lua', 'test/lease/store/exchange-redis.test.ts', [
    ['a torn key does not stop the others', 'if not isOfKey then', 'if true then'],
  ]),
];

export const STORE_MUTANTS: readonly Mutant[] = [...REDIS, ...MODEL, ...LUA];
