/** Profiles as operators ask for them: one at a time, and none for whoever is gone. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ProfileAsker, type ProfileRequest } from '../../../src/admin/profiles/profile-asker.ts';
import type { TakenProfile } from '../../../src/admin/profiles/taken-profile.ts';

const NEVER = () => new Promise<void>(() => undefined);
const TAKEN: TakenProfile = { kind: 'heap', beganUs: 1, tookUs: 2, threads: [], late: [] };
const FILE = Uint8Array.of(1, 2, 3);

function asking(isAble = true) {
  const sent: ProfileRequest[] = [];
  const asker = new ProfileAsker({
    send: (request) => sent.push(request),
    fileOf: async (taken) => (taken === TAKEN ? FILE : new Uint8Array()),
    isAble,
  });
  return { sent, asker };
}

test('who asks is given the file of what was taken', async () => {
  const { sent, asker } = asking();
  const answer = asker.ask('heap', 10, NEVER);
  expect(sent).toEqual([{ kind: 'profile', of: 'heap', seconds: 10 }]);
  asker.receive(TAKEN);
  expect(await answer).toEqual({ kind: 'file', file: FILE });
});

test('a second one waits for nothing, and may come when the first is done', async () => {
  const { sent, asker } = asking();
  const first = asker.ask('heap', 10, NEVER);
  expect(await asker.ask('profile', 1, NEVER)).toMatchObject({ kind: 'busy' });
  expect(sent).toHaveLength(1);
  asker.receive(TAKEN);
  await first;
  const third = asker.ask('allocs', 1, NEVER);
  asker.receive(TAKEN);
  expect(await third).toMatchObject({ kind: 'file' });
});

test('who goes ends his own, and no other', async () => {
  const { sent, asker } = asking();
  const gone = Promise.withResolvers<void>();
  const first = asker.ask('heap', 300, () => gone.promise);
  asker.receive(TAKEN);
  await first;
  const second = asker.ask('heap', 300, NEVER);
  gone.resolve();
  await gone.promise;
  expect(sent.map(({ kind }) => kind)).toEqual(['profile', 'profile']);
  asker.receive(TAKEN);
  await second;
  const third = asker.ask('heap', 300, () => Promise.resolve());
  await turn();
  expect(sent.at(-1)).toEqual({ kind: 'profile-end' });
  asker.receive(TAKEN);
  expect(await third).toMatchObject({ kind: 'file' });
});

test('the end of the service ends what is taken, waits until it is given, and lets none begin', async () => {
  const { sent, asker } = asking();
  const gone = Promise.withResolvers<void>();
  const last = asker.ask('heap', 300, () => gone.promise);
  let isEnded = false;
  const ended = asker.end().then(() => {
    isEnded = true;
  });
  expect(sent.at(-1)).toEqual({ kind: 'profile-end' });
  expect(await asker.ask('heap', 1, NEVER)).toMatchObject({ kind: 'ending' });
  asker.receive(TAKEN);
  expect(await last).toMatchObject({ kind: 'file' });
  await turn();
  expect(isEnded).toBe(false);
  gone.resolve();
  await ended;
  expect(sent).toHaveLength(2);
});

test('one that is taken but not yet given is waited for too; with none there is no wait', async () => {
  await asking().asker.end();
  const { asker } = asking();
  const gone = Promise.withResolvers<void>();
  const last = asker.ask('heap', 300, () => gone.promise);
  asker.receive(TAKEN);
  let isEnded = false;
  const ended = asker.end().then(() => {
    isEnded = true;
  });
  await last;
  await turn();
  expect(isEnded).toBe(false);
  gone.resolve();
  await ended;
});

test('a Node that cannot says which one could', async () => {
  const { sent, asker } = asking(false);
  const answer = await asker.ask('profile', 1, NEVER);
  expect(answer).toMatchObject({
    kind: 'unable',
    words: expect.stringContaining('26.1') as unknown,
  });
  expect(sent).toEqual([]);
});
