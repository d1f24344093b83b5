/** What a decider tells the exchanger goes in one message a turn. */
import { expect, test } from 'vitest';
import type { ToExchanger } from '../../../src/lease/ask-messages.ts';
import { Outbox } from '../../../src/lease/holder/outbox.ts';
import { FakeTime } from '../../support/fake-time.ts';

test('all of one turn goes in one message, in its order, and nothing twice', async () => {
  const time = new FakeTime();
  const sent: (readonly ToExchanger[])[] = [];
  const outbox = new Outbox(time, (messages) => sent.push(messages));
  const reset = (id: number): ToExchanger => ({ kind: 'reset', id, key: 'alice' });
  for (const id of [1, 2, 3]) outbox.post(reset(id));
  expect(sent).toEqual([]);
  await time.settle();
  expect(sent).toEqual([[reset(1), reset(2), reset(3)]]);
  await time.pass(100);
  expect(sent).toHaveLength(1);
  outbox.post(reset(4));
  await time.settle();
  expect(sent[1]).toEqual([reset(4)]);
});
