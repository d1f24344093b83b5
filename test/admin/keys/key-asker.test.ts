/** Whoever asks about keys is answered once: by the other thread, or that there is no answer. */
import { describe, expect, test } from 'vitest';
import { KeyAsker } from '../../../src/admin/keys/key-asker.ts';
import type { AskedKeys, KeyAnswer, KeyQuestion } from '../../../src/admin/keys/key-questions.ts';
import { FakeTime } from '../../support/fake-time.ts';

const QUESTION: KeyQuestion = {
  kind: 'page',
  query: {
    filter: { prefix: '', policy: null, namespace: null, isDenied: false },
    most: 1,
    cursor: null,
  },
};
const answerOf = (json: string): KeyAnswer => ({ kind: 'told', json });

function asking() {
  const time = new FakeTime();
  const sent: AskedKeys[] = [];
  const asker = new KeyAsker({
    send: (asked) => sent.push(asked),
    clock: time.clock,
    timers: time,
  });
  return { time, sent, asker };
}

test('each has the answer to his own question, in whatever order they come', async () => {
  const { sent, asker } = asking();
  const answers = [asker.ask(QUESTION), asker.ask(QUESTION), asker.ask(QUESTION)];
  for (const { id } of sent.toReversed()) asker.receive({ id, answer: answerOf(`${id}`) });
  expect(await Promise.all(answers)).toEqual(sent.map(({ id }) => answerOf(`${id}`)));
});

describe('nobody waits for ever', () => {
  test('who is not answered within 5 s is told so, and nothing comes of a late answer', async () => {
    const { time, sent, asker } = asking();
    const first = asker.ask(QUESTION);
    await time.pass(4_999);
    const second = asker.ask(QUESTION);
    await time.pass(1);
    expect(await first).toMatchObject({ kind: 'not-now', words: expect.stringContaining('5000') });
    asker.receive({ id: sent[0]?.id as number, answer: answerOf('late') });
    asker.receive({ id: sent[1]?.id as number, answer: answerOf('in time') });
    expect(await second).toEqual(answerOf('in time'));
    expect(time.planned).toBe(0);
  });

  test('of more than 64 the others are told to come again, and nothing is asked for them', async () => {
    const { sent, asker } = asking();
    const waiting = Array.from({ length: 64 }, () => asker.ask(QUESTION));
    expect(await asker.ask(QUESTION)).toMatchObject({ kind: 'not-now' });
    expect(sent).toHaveLength(64);
    asker.receive({ id: 7, answer: answerOf('7') });
    expect(await waiting[7]).toEqual(answerOf('7'));
    void asker.ask(QUESTION);
    expect(sent).toHaveLength(65);
  });
});
