/** What node:http is given of a connection's bytes, and when. */
import type { Socket } from 'node:net';
import { beforeEach, expect, test } from 'vitest';
import { LONG_US, TURN_US, Turns } from '../../../src/transport/connection/turns.ts';
import { PacedConnection } from '../../../src/transport/http/core/paced-connection.ts';
import { Wire } from './wires.ts';

const ONE = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

let nowUs: number;
let rounds: (() => void)[];
let fed: string[];
let client: Wire;
let server: Wire;
let paced: PacedConnection;
beforeEach(() => {
  nowUs = 0;
  rounds = [];
  fed = [];
  [client, server] = [new Wire(), new Wire()];
  client.other = server;
  server.other = client;
  server.on('data', (piece: Buffer) => {
    fed.push(piece.toString('latin1'));
  });
  const turns = new Turns(
    () => nowUs,
    (task) => rounds.push(task),
  );
  paced = new PacedConnection(server as unknown as Socket, turns);
});

async function turn(): Promise<void> {
  for (const task of rounds.splice(0)) task();
  await new Promise(setImmediate);
}

async function send(text: string): Promise<void> {
  client.write(text);
  await new Promise(setImmediate);
}

test('several requests are given one by one, while there is time', async () => {
  await send(ONE.repeat(5));
  expect(fed).toEqual(Array(5).fill(ONE));
});

test('one request is given as it came, its body with it', async () => {
  const text = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3_000)}`;
  await send(text);
  expect(fed).toEqual([text]);
});

test('a long body is given in pieces', async () => {
  await send('x'.repeat(20_000));
  expect(fed.join('')).toHaveLength(20_000);
  expect(fed).toHaveLength(3);
});

test('without time there is one at once, and the others turn by turn', async () => {
  await send(ONE);
  nowUs += TURN_US;
  await send(ONE.repeat(3));
  expect(fed).toHaveLength(2);
  await turn();
  expect(fed).toHaveLength(4);
});

test('when small pieces have made the turn long there is none at once', async () => {
  await send(ONE);
  nowUs += TURN_US + LONG_US;
  await send(ONE);
  expect(fed).toHaveLength(1);
  await turn();
  expect(fed).toHaveLength(2);
});

test('a client that does not read its answers is given nothing more', async () => {
  client.isFull = true;
  server.write(Buffer.alloc(server.writableHighWaterMark));
  await send(ONE.repeat(3));
  expect(fed).toEqual([]);
  client.isFull = false;
  server.emit('drain');
  expect(fed).toEqual([]);
});

test('what node:http has paused is given nothing until it resumes it', async () => {
  const [listener] = server.listeners('data');
  expect(listener).toBeDefined();
  server.once('data', () => undefined);
  server.pause();
  await send(ONE.repeat(2));
  expect(fed).toEqual([]);
  server.resume();
  await new Promise(setImmediate);
  expect(fed).toEqual([ONE, ONE]);
});

test('what comes after it was stopped is dropped', async () => {
  paced.stop();
  await send(ONE.repeat(3));
  await turn();
  expect(fed).toEqual([]);
  expect(server.readableLength).toBe(0);
});
