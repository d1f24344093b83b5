/**
 * Settings of the table in config.ts: how to be let in at Redis. What they mean together stands in
 * src/lease/store/redis-access.ts.
 */
import { z } from 'zod';
import type { Setting } from './setting.ts';

function text(what: string, wanted: string, pattern: RegExp): Setting<string> {
  return { what, fallback: '', wanted, schema: z.string().regex(pattern) };
}

const PATH = 'the path of a file';
/** No control characters: a line break comes from a file that was pasted. */
const ANY = /^\P{Cc}{1,4096}$/u;

export const REDIS_ACCESS = {
  redisUsername: text('the user at Redis', 'at most 256 characters', /^\P{Cc}{1,256}$/u),
  redisPassword: {
    ...text('its password', 'at most 4096 characters', ANY),
    isSecret: true,
  },
  redisPasswordFile: text('a file with its password, read again for each connection', PATH, ANY),
  redisCaFile: text('certificates of who signed the certificate of Redis, PEM', PATH, ANY),
  redisCertFile: text('the certificate to show to Redis, PEM', PATH, ANY),
  redisKeyFile: text('the key of that certificate, PEM', PATH, ANY),
  redisServerName: text(
    'the name that the certificates of Redis are made out to, if another than the host',
    'a host name',
    /^[\w.-]{1,253}$/,
  ),
} as const satisfies Record<string, Setting<string>>;
