/** The time of several requests that are made one after the other for the same callers. */
import { Agent, request as nodeRequest } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { Deadline } from '../../src/client/deadline.ts';
import { UnavailableError } from '../../src/client/errors.ts';
import { HttpExchange } from '../../src/client/http-exchange.ts';
import { HttpSender } from '../../src/client/http-sender.ts';
import { type FakeService, startFake } from './fake-service.ts';

let fake: FakeService | undefined;

afterEach(async () => {
  await fake?.stop();
  fake = undefined;
});

async function passed(ms: number): Promise<Deadline> {
  const deadline = new Deadline(ms);
  await new Promise<void>((resolve) => deadline.whenPassed(resolve));
  return deadline;
}

test('passes once, for all that wait, and at once for who comes later', async () => {
  const deadline = new Deadline(1);
  const calls: string[] = [];
  const waiting = new Promise<void>((resolve) => {
    deadline.whenPassed(() => calls.push('first'));
    deadline.whenPassed(() => calls.push('called off'))();
    deadline.whenPassed(resolve);
  });
  await waiting;
  deadline.whenPassed(() => calls.push('later'));
  expect(calls).toEqual(['first', 'later']);
});

test('that has passed ends an exchange before it begins, and nothing is sent', async () => {
  fake = await startFake();
  const sender = new HttpSender({ url: fake.url, maxSockets: 1, tls: null });
  const deadline = await passed(1);
  const reply = sender.send({ method: 'POST', path: '/', body: '{}' }, deadline);
  await expect(reply).rejects.toThrow(UnavailableError);
  await expect(reply).rejects.toMatchObject({ reason: 'timeout' });
  expect([fake.asked, fake.sockets]).toEqual([[], []]);
  sender.close();
});

test('is of no interest to an exchange that is over', async () => {
  const url = 'http://127.0.0.1:1';
  const deadline = new Deadline(5);
  const request = { method: 'POST', path: '/', body: '' } as const;
  const exchange = new HttpExchange({ url, request, deadline });
  exchange.start(nodeRequest, new Agent(), () => {});
  await expect(exchange.reply).rejects.toMatchObject({ reason: 'connection' });
  await new Promise<void>((resolve) => deadline.whenPassed(resolve));
  await expect(exchange.reply).rejects.toMatchObject({ reason: 'connection' });
});
