/** MULTI and EXEC beside a real Redis: the same commands, the same replies. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { RespClient } from '../../support/resp-client.ts';
import { frames } from '../../support/resp-frames.ts';
import { isMissing } from '../../support/resp-tools.ts';
import { Dialogue, RespHarness } from './resp-harness.ts';
import { Dice } from './resp-noise.ts';
import { RespReplies } from './resp-replies.ts';

const CONVERSATIONS = 400;

/** Those that the two answer alike, right and wrong. */
const COMMANDS = [
  'MULTI',
  'MULTI',
  'EXEC',
  'EXEC',
  'DISCARD',
  'PING',
  'PING a',
  'ECHO a',
  'UNWATCH',
  'SELECT 0',
  'CLIENT GETNAME',
  'RESET',
  'ECHO',
  'MULTI a',
  'DISCARD a',
  'NOPE a',
] as const;

describe.skipIf(isMissing('redis-server'))('beside a Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test(`${CONVERSATIONS} random conversations have the same replies`, async () => {
    let executed = 0;
    for (let seed = 1; seed <= CONVERSATIONS; seed++) {
      const dice = new Dice(2 * seed + 1);
      const asked = Array.from({ length: 2 + dice.roll(14) }, () => dice.pick(COMMANDS));
      const replies = new RespReplies(new Dialogue(new RespHarness()).send(frames(...asked)));
      const client = await RespClient.connect(redis.port);
      client.send(frames(...asked));
      for (const [i, command] of asked.entries()) {
        const [ours, theirs] = [replies.next(), await client.reply()];
        expect({ seed, i, command, reply: ours }).toEqual({ seed, i, command, reply: theirs });
        if (ours.startsWith('*')) executed++;
      }
      expect(replies.isDone).toBe(true);
      client.destroy();
    }
    expect(executed).toBeGreaterThan(50);
  });

  test('WATCH inside MULTI stops nothing', async () => {
    const asked = ['MULTI', 'WATCH k', 'PING', 'EXEC'];
    const client = await RespClient.connect(redis.port);
    client.send(frames(...asked));
    const replies = new RespReplies(new Dialogue(new RespHarness()).send(frames(...asked)));
    for (const _ of asked) expect(replies.next()).toBe(await client.reply());
    client.destroy();
  });
});
