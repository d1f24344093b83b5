/** Sockets that read into one buffer: whose bytes are whose, and how long they are there. */
import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  Socket,
  type SocketConstructorOpts,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ACCEPT_OPTIONS } from '../../../src/transport/connection/listener.ts';
import {
  MOST_READ_BYTES,
  ReadBuffer,
  receive,
} from '../../../src/transport/connection/read-buffer.ts';

const LARGE_BYTES = 8 * 1_024 * 1_024;

interface Pair {
  readonly client: Socket;
  /** Over what was accepted. */
  readonly server: Socket;
}

const server = createServer(ACCEPT_OPTIONS).listen(0, '127.0.0.1');

async function accepted(): Promise<Pair> {
  if (!server.listening) await once(server, 'listening');
  const coming = once(server, 'connection');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [socket] = (await coming) as [Socket];
  onTestFinished(() => void client.destroy());
  return { client, server: socket };
}

async function pairOver(buffer: ReadBuffer): Promise<Pair> {
  const { client, server: socket } = await accepted();
  const over = buffer.over(socket);
  onTestFinished(() => void over.destroy());
  return { client, server: over };
}

/** The next bytes that are received on it, as they lie. */
function next(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const stop = receive(socket, (bytes) => {
      stop();
      resolve(bytes);
    });
  });
}

test('all read into the same memory, and what is kept is overwritten by the next bytes', async () => {
  const buffer = new ReadBuffer();
  const [one, other] = [await pairOver(buffer), await pairOver(buffer)];
  one.client.write('first');
  const kept = await next(one.server);
  expect(kept.toString('latin1')).toBe('first');
  other.client.write('other');
  expect((await next(other.server)).toString('latin1')).toBe('other');
  expect(kept.toString('latin1')).toBe('other');
});

const LENGTHS = [1, 2_048, 2_049, MOST_READ_BYTES] as const;
const ofAllLengths = new ReadBuffer();
test.each(LENGTHS)('%i bytes come as they were sent', async (length) => {
  const { client, server: socket } = await pairOver(ofAllLengths);
  const sent = Buffer.from(Array.from({ length }, (_, i) => i % 251));
  const got: Buffer[] = [];
  for (const time of [0, 1]) {
    const all = new Promise<void>((resolve) => {
      const stop = receive(socket, (bytes) => {
        got.push(Buffer.from(bytes));
        if (Buffer.concat(got).length < (time + 1) * length) return;
        stop();
        resolve();
      });
    });
    client.write(sent);
    await all;
  }
  expect(Buffer.concat(got).equals(Buffer.concat([sent, sent]))).toBe(true);
});

test('without anybody to call it is a socket like any other, whose chunks stay as they are', async () => {
  const buffer = new ReadBuffer();
  const [one, other] = [await pairOver(buffer), await pairOver(buffer)];
  const chunks: Buffer[] = [];
  one.server.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const text of ['one', 'two', 'six']) {
    one.client.write(text);
    await once(one.server, 'data');
    other.client.write('###');
    await next(other.server);
  }
  expect(Buffer.concat(chunks).toString('latin1')).toBe('onetwosix');
});

test('one that is no longer received from goes on where it was', async () => {
  const { client, server: socket } = await pairOver(new ReadBuffer());
  client.write('in place');
  await next(socket);
  client.end('in the stream');
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  expect(text).toBe('in the stream');
});

test('one that is paused reads nothing, and then all of it', async () => {
  const { client, server: socket } = await pairOver(new ReadBuffer());
  let got = 0;
  receive(socket, (bytes) => {
    if (got === 0) socket.pause();
    got += bytes.length;
  });
  client.end(Buffer.alloc(LARGE_BYTES, 'x'));
  while (got === 0) await sleep(1);
  await sleep(100);
  expect(got).toBeLessThanOrEqual(MOST_READ_BYTES);
  expect(socket.readableLength).toBe(0);
  socket.resume();
  await once(socket, 'end');
  expect(got).toBe(LARGE_BYTES);
});

test('one that nobody reads from holds no more than a socket may', async () => {
  const { client, server: socket } = await pairOver(new ReadBuffer());
  client.end(Buffer.alloc(LARGE_BYTES, 'x'));
  await sleep(100);
  expect(socket.readableLength).toBeGreaterThan(0);
  expect(socket.readableLength).toBeLessThan(socket.readableHighWaterMark + MOST_READ_BYTES);
  let got = 0;
  for await (const chunk of socket) got += (chunk as Buffer).length;
  expect(got).toBe(LARGE_BYTES);
});

test('the client ends its side: that is told after all it sent, and it can be answered', async () => {
  const { client, server: socket } = await pairOver(new ReadBuffer());
  const told: string[] = [];
  receive(socket, (bytes) => told.push(bytes.toString('latin1')));
  socket.on('end', () => {
    told.push('end');
    socket.end('answer');
  });
  client.end('question');
  const [answer] = await once(client.setEncoding('latin1'), 'data');
  expect(answer).toBe('answer');
  expect(told).toEqual(['question', 'end']);
});

test('a client that is gone is told as an error', async () => {
  const { client, server: socket } = await pairOver(new ReadBuffer());
  receive(socket, () => undefined);
  client.write('x');
  await sleep(10);
  client.resetAndDestroy();
  const [error] = await once(socket, 'error');
  expect(error.code).toBe('ECONNRESET');
});

test('the server counts the accepted socket out at once, and the other one knows its client', async () => {
  const { server: socket } = await accepted();
  onTestFinished(() => void over.destroy());
  const { remoteAddress, remotePort } = socket;
  const count = () => new Promise((done) => server.getConnections((_, open) => done(open)));
  const before = Number(await count());
  const over = new ReadBuffer().over(socket);
  expect(over).not.toBe(socket);
  expect(await count()).toBe(before - 1);
  expect(socket.destroyed).toBe(true);
  expect([over.remoteAddress, over.remotePort]).toEqual([remoteAddress, remotePort]);
});

/** As sockets of TLS are. */
class OtherSocket extends Socket {}

test('what is more than a plain socket is left as it is, and read in the ordinary way', async () => {
  const { client, server: socket } = await accepted();
  const { _handle: handle } = socket as unknown as { _handle: unknown };
  const options: object = { handle };
  const other = new OtherSocket(options as SocketConstructorOpts);
  onTestFinished(() => void other.destroy());
  expect(new ReadBuffer().over(other)).toBe(other);
  client.write('as ever');
  expect((await next(other)).toString('latin1')).toBe('as ever');
});

test('a socket that is closed already is left as it is', () => {
  const closed = new Socket();
  expect(new ReadBuffer().over(closed)).toBe(closed);
});
