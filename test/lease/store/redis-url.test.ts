/** What REDIS_URL may be, what it means, and what is said of one that is wrong. */
import { describe, expect, test } from 'vitest';
import { type RedisTarget, readRedisUrl } from '../../../src/lease/store/redis-url.ts';

const SENTINELS =
  'must be redis+sentinel://user:password@host:port,host:port/name-of-the-master/database';

const PLAIN: RedisTarget = {
  addresses: [{ host: 'h', port: 6379 }],
  kind: 'server',
  master: '',
  isTls: false,
  username: '',
  password: '',
  database: 0,
};

function at(...addresses: readonly (readonly [string, number])[]): Partial<RedisTarget> {
  return { addresses: addresses.map(([host, port]) => ({ host, port })) };
}

describe('REDIS_URL', () => {
  test.each<[string, Partial<RedisTarget>]>([
    ['redis://h', {}],
    ['redis://h/', {}],
    ['redis://h:7000', at(['h', 7000])],
    ['redis://127.0.0.1:7000/3', { ...at(['127.0.0.1', 7000]), database: 3 }],
    ['redis://[::1]:7000', at(['::1', 7000])],
    ['redis://redis-1.example.org', at(['redis-1.example.org', 6379])],
    ['redis://my_redis', at(['my_redis', 6379])],
    ['rediss://h', { isTls: true }],
    ['redis://:secret@h', { password: 'secret' }],
    ['redis://me:secret@h', { username: 'me', password: 'secret' }],
    ['redis://me@h', { username: 'me' }],
    ['redis://:a%2Cb%2F%25%40@h', { password: 'a,b/%@' }],
    ['redis://:%C3%A9@h', { password: 'é' }],
    ['redis://a:1,redis://b:2', { ...at(['a', 1], ['b', 2]), kind: 'cluster' }],
    [' redis://a , redis://b ', { ...at(['a', 6379], ['b', 6379]), kind: 'cluster' }],
    ['redis://a/0,redis://a/', { ...at(['a', 6379], ['a', 6379]), kind: 'cluster' }],
    [
      'rediss://me:s@a,rediss://me:s@b,rediss://me:s@c',
      {
        ...at(['a', 6379], ['b', 6379], ['c', 6379]),
        kind: 'cluster',
        isTls: true,
        username: 'me',
        password: 's',
      },
    ],
    ['redis+sentinel://a/mymaster', { ...at(['a', 26_379]), kind: 'sentinel', master: 'mymaster' }],
    [
      'rediss+sentinel://me:s%2F@a:1,[::1]:2,c/my.master_1-x/3',
      {
        ...at(['a', 1], ['::1', 2], ['c', 26_379]),
        kind: 'sentinel',
        master: 'my.master_1-x',
        isTls: true,
        username: 'me',
        password: 's/',
        database: 3,
      },
    ],
  ])('%s is read', (text, expected) => {
    expect(readRedisUrl(text)).toEqual({ ok: true, target: { ...PLAIN, ...expected } });
  });

  test.each([
    ['', 'must begin with redis:// or rediss://'],
    ['h:6379', 'must begin with redis:// or rediss://'],
    ['http://h', 'must begin with redis:// or rediss://'],
    ['REDIS://h', 'must begin with redis:// or rediss://'],
    ['redis://a,b', 'must begin with redis:// or rediss://'],
    ['redis://a,', 'must begin with redis:// or rediss://'],
    ['redis://', 'must name a host, in ASCII'],
    ['redis:///1', 'must name a host, in ASCII'],
    ['redis://é', 'must name a host, in ASCII'],
    ['redis://h:0', 'must have a port from 1 to 65535'],
    ['redis://h?family=6', 'must end with the database'],
    ['redis://h/1#x', 'must end with the database'],
    ['redis://h/one', 'must have a number for its database'],
    ['redis://h/-1', 'must have a number for its database'],
    ['redis://h/1/2', 'must have a number for its database'],
    ['redis://a,rediss://b', 'must begin with redis:// in all its URLs, or with rediss:// in all'],
    ['redis://:x@a,redis://b', 'must have the same user and password in all its URLs'],
    ['redis://me:x@a,redis://:x@b', 'must have the same user and password in all its URLs'],
    ['redis+sentinel://a', SENTINELS],
    ['redis+sentinel://a/', SENTINELS],
    ['redis+sentinel:///m', SENTINELS],
    ['redis+sentinel://a/m/x', SENTINELS],
    ['redis+sentinel://a/m?x', SENTINELS],
    ['redis+sentinel://a:0/m', 'must have a port from 1 to 65535'],
    ['redis+sentinel://a,/m', 'must name a host, in ASCII'],
    ['redis+sentinel://a,redis+sentinel://b/m', SENTINELS],
    [
      'redis://a,redis://b/1',
      'must name no database where it names several nodes: a cluster has only 0',
    ],
  ])('%j is refused: it %s', (text, fault) => {
    expect(readRedisUrl(text)).toEqual({ ok: false, fault });
  });

  const ENCODED =
    'must have user and password percent-encoded: / as %2F, # as %23, ? as %3F, @ as %40, % as %25, ' +
    'a comma as %2C; or have them in REDIS_USERNAME and REDIS_PASSWORD instead';
  const MALFORMED = `must be redis://user:password@host:port/database; it ${ENCODED}`;

  // A password with what is not encoded in it may read as another part of the URL.
  test.each([
    ['redis://:hunter2/x@h', ENCODED],
    ['redis://me:12/hunter2@h', ENCODED],
    ['redis://:hunter2#x@h', ENCODED],
    ['redis://me:12#hunter2@h', ENCODED],
    ['redis://:hunter2?x@h', ENCODED],
    ['redis://:hunter2%@h', MALFORMED],
    ['redis://:hunter2%ff@h', MALFORMED],
    ['redis://:hunter2@h:65536', MALFORMED],
    ['redis://:x,hunter2@h', MALFORMED],
    ['redis://me:1,hunter2@h', ENCODED],
    ['redis+sentinel://:hunter2/x@h/m', ENCODED],
    ['redis+sentinel://:hunter2@x@h/m', ENCODED],
    ['redis+sentinel://:hunter2%@h/m', MALFORMED],
    ['redis://:hunter2@h/x', 'must have a number for its database'],
    [
      'redis://:hunter2@a,redis://:hunter3@b',
      'must have the same user and password in all its URLs',
    ],
  ])('%s is refused without a word of the password', (text, fault) => {
    expect(readRedisUrl(text)).toEqual({ ok: false, fault });
    expect(fault).not.toContain('hunter');
  });
});
