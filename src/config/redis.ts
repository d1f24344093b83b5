/**
 * Settings of the table in config.ts: how to be let in at Redis. What they mean together stands in
 * src/lease/store/redis-access.ts.
 */
import { ANY_TEXT, path, type Setting, text } from './setting.ts';

export const REDIS_ACCESS = {
  redisUsername: text('the user at Redis', 'at most 256 characters', /^\P{Cc}{1,256}$/u),
  redisPassword: {
    ...text('its password', 'at most 4096 characters', ANY_TEXT),
    isSecret: true,
  },
  redisPasswordFile: path('a file with its password, read again for each connection'),
  redisCaFile: path('certificates of who signed the certificate of Redis, PEM'),
  redisCertFile: path('the certificate to show to Redis, PEM'),
  redisKeyFile: path('the key of that certificate, PEM'),
  redisServerName: text(
    'the name that the certificates of Redis are made out to, if another than the host',
    'a host name',
    /^[\w.-]{1,253}$/,
  ),
} as const satisfies Record<string, Setting<string>>;
