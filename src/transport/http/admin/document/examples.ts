/** Examples of the OpenAPI document of the admin port. */

const alice = { id: 'AAAABWFsaWNl', namespace: 'plain', key: 'alice' };

const top = {
  by: 'denied',
  halfLifeSeconds: 60,
  keys: [{ ...alice, count: 812.4, error: 0, perSecond: 9.39 }],
};

const keys = {
  keys: [{ ...alice, capacity: 10, remaining: 3, fullInSeconds: 12.3, state: 'allowed' }],
  cursor: 'Ni2MLofsAYWt2W9e.1.AAAABWFsaWNl',
  looked: 5_120,
  overflowBuckets: 0,
};

const instances = {
  isShared: true,
  instances: 3,
  store: { isAway: false, awaySeconds: null, usableRatio: 1 },
};

const explained = {
  ...alice,
  shared: false,
  bucket: {
    used: 7,
    remaining: 3,
    capacity: 10,
    tokensPerSecond: 0.166667,
    fullInSeconds: 42,
    retryAfterSeconds: 0,
  },
  overflow: false,
  goesBy: { kind: 'request' },
};

const question = { policy: 'uploads', key: 'alice', cost: 2 };

const trial = {
  allowed: false,
  isDry: false,
  override: null,
  limits: [
    {
      limit: 'minute',
      capacity: 100,
      cost: 2,
      allowed: false,
      remaining: 1,
      retryAfterMs: 600,
    },
  ],
};

export const EXAMPLES = { top, keys, instances, explained, question, trial };
