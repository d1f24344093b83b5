/**
 * What limiters really admit: `npm run conformance` installs other packages, pinned, into a
 * temporary folder, asks each the same in real time, Argus too, and prints the table of
 * docs/start/conformance.md. Needs the network, redis-server and half a minute. No part of CI.
 */
import { Redis } from 'ioredis';
import { version } from '../src/config.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { startService } from '../test/support/service.ts';
import { argus } from './conformance/argus.ts';
import { inMemory } from './conformance/in-memory.ts';
import { inRedis } from './conformance/in-redis.ts';
import { Packages } from './conformance/packages.ts';
import { type Row, rowOf } from './conformance/scenarios.ts';

const HEADINGS = [
  'limiter',
  'version',
  'what it is',
  'at once + in the next 10 s',
  'most in a second',
  '7, then 5, then 3',
  'told wait / really',
];

function cellsOf(row: Row): readonly string[] {
  const { limiter, toldMs, reallyMs, passesAfterDenial } = row;
  const really = reallyMs === null ? 'not 1.5 s later' : `${reallyMs} ms`;
  const wait = toldMs === null ? 'none told' : `${toldMs} / ${really}`;
  const last = passesAfterDenial ? 'passes' : 'denied';
  return [
    limiter.name,
    limiter.version,
    limiter.kind,
    `${row.afterPause} + ${row.inTheNext}`,
    String(row.mostInASecond),
    passesAfterDenial === null ? 'no cost' : last,
    wait,
  ];
}

const packages = new Packages();
const redis = await startRedis();
const alone = await startService({ flags: ['--threads', '1'] });
const sharing = await startService({ flags: ['--threads', '1', '--redis-url', redis.url] });
const client = new Redis(redis.url);
try {
  await packages.install();
  const limiters = [
    argus(alone.url, version(), 'token bucket'),
    argus(sharing.url, version(), 'token bucket in Redis'),
    ...(await inMemory(packages)),
    ...(await inRedis(packages, client)),
  ];
  // All at once: they wait nearly all of the time.
  const rows = await Promise.all(limiters.map(rowOf));
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)];
  for (const line of lines) console.log(`| ${line.join(' | ')} |`);
} finally {
  client.disconnect();
  await Promise.all([alone.stop(), sharing.stop(), redis.stop()]);
  packages.remove();
}
// Timers of the packages would keep the process.
process.exit();
