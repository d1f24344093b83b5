/**
 * A connection that waits for late replies: time, turns, and clients that quit, end or are gone.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ALLOWED, RESP } from '../../../src/metrics/cells.ts';
import { ACCEPT_OPTIONS } from '../../../src/transport/connection/listener.ts';
import { MOST_READ_BYTES } from '../../../src/transport/connection/read-buffer.ts';
import { Turns } from '../../../src/transport/connection/turns.ts';
import { MOST_REPLY_BYTES } from '../../../src/transport/resp/interpreter.ts';
import { Connection, MOST_BUSY } from '../../../src/transport/resp/resp-connection.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { RespClient } from '../../support/resp-client.ts';
import { frame, frames, words } from '../../support/resp-frames.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { handshakesOf } from '../tls/handshakes-scene.ts';
import { LATE_TAKE, lateConnection, lateHarness, TAKEN } from './resp-late-connection.ts';
import { RespReplies } from './resp-replies.ts';
import { TestConnection, TIMEOUT_MS, written } from './resp-socket.ts';

const PING = words('PING');
const PONG = '+PONG\r\n';
const LATE = `-ERR timeout: a command must arrive whole within ${TIMEOUT_MS} ms\r\n`;

describe('while replies are waited for', () => {
  test('what had been read already is not obeyed', async () => {
    const one = lateConnection();
    one.receive(frames(LATE_TAKE, LATE_TAKE.subarray(0, 9)));
    expect(one.receive(LATE_TAKE.subarray(9))).toEqual([]);
    expect(one.receive(frames(LATE_TAKE, PING, PING.subarray(0, 5)))).toEqual([]);
    expect(one.harness.late.waiting).toBe(1);
    expect(await one.tell()).toEqual([TAKEN[0], 'pause']);
    expect(one.harness.late.waiting).toBe(2);
    await one.tell();
    expect(await one.tell()).toEqual([TAKEN[1] + TAKEN[2] + PONG, 'resume']);
    expect(one.receive(PING.subarray(5))).toEqual([PONG]);
  });

  test('no time runs out, and half a command has its own after them', async () => {
    const one = lateConnection();
    one.receive(frames(LATE_TAKE, PING.subarray(0, 5)));
    expect(one.pass(1e6)).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0], 'resume']);
    expect(one.pass(TIMEOUT_MS - 1)).toEqual([]);
    expect(one.pass(1)).toEqual([LATE, 'end', 'resume']);
  });

  test('the connection is not idle', async () => {
    const one = lateConnection();
    one.receive(LATE_TAKE);
    for (let times = 0; times < 5; times++) expect(one.closeIdle()).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0], 'resume']);
    expect(one.closeIdle()).toEqual([]);
    expect(one.closeIdle()).toEqual(['end', 'resume']);
  });

  test('for a connection that is to end between two commands, it ends after them', async () => {
    const one = lateConnection();
    for (let times = 0; times < MOST_BUSY; times++) {
      one.receive(PING);
      expect(one.closeIdle()).toEqual([]);
    }
    one.receive(LATE_TAKE);
    expect(one.closeIdle()).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0], 'resume']);
    expect([one.turn(), one.turn()]).toEqual([[], ['end', 'resume']]);
  });

  test('a client that has taken what was written before is read no further', () => {
    const one = lateConnection();
    one.receive(LATE_TAKE);
    expect(one.drain()).toEqual([]);
  });
});

describe('late replies to a client', () => {
  test('that does not read are held as others are', async () => {
    const one = lateConnection();
    one.socket.takes = false;
    one.receive(frames(LATE_TAKE));
    one.receive(PING);
    expect(await one.tell()).toEqual([TAKEN[0], 'pause']);
    expect(one.drain()).toEqual([PONG, 'pause']);
    expect(one.pass(TIMEOUT_MS + 1_000)).toEqual(['destroy']);
  });

  test('that is gone are dropped, but counted', async () => {
    const one = lateConnection();
    one.receive(frames(LATE_TAKE, LATE_TAKE));
    one.receive(LATE_TAKE);
    one.socket.destroyed = true;
    await one.tell(1);
    expect(await one.tell()).toEqual([]);
    expect(one.harness.late.waiting).toBe(0);
    expect(one.harness.counted(ALLOWED + RESP)).toBe(2);
    expect(one.harness.measured()).toBe(0);
    // What is one a thread has been left as it should be.
    expect(new TestConnection(one.harness).receive(PING)).toEqual([PONG]);
  });

  test.each([
    ['has quit', frame('QUIT'), '+OK\r\n'],
    [
      'sends a wrong frame',
      Buffer.from('*x\r\n'),
      '-ERR Protocol error: invalid multibulk length\r\n',
    ],
  ])('that %s after them come first', async (_, last, reply) => {
    const one = lateConnection();
    expect(one.receive(frames(LATE_TAKE, last, LATE_TAKE))).toEqual(['pause']);
    expect(one.receive(PING)).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0] + reply, 'end', 'resume']);
    expect(one.harness.late.waiting).toBe(0);
    expect(one.receive(PING)).toEqual([]);
  });

  test('that goes on in version 3 are followed by replies in that', async () => {
    const one = lateConnection();
    one.receive(frames('CLIENT GETNAME', LATE_TAKE, 'HELLO 3', 'CLIENT GETNAME', LATE_TAKE));
    const replies = new RespReplies(written(await one.tellAll()));
    const kinds = Array.from({ length: 5 }, () => replies.next().slice(0, 2));
    expect(kinds).toEqual(['$-', '*[', '%[', '_', '*[']);
    expect(replies.isDone).toBe(true);
  });
});

describe('a client that has sent all it wants to', () => {
  function end(one: TestConnection): readonly string[] {
    return one.during(() => one.socket.emit('end'));
  }

  test('is answered what comes late, and then ended', async () => {
    const one = lateConnection();
    one.receive(LATE_TAKE);
    expect(end(one)).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0], 'end', 'resume']);
  });

  test('is answered what waited meanwhile too, half a command but not', async () => {
    const one = lateConnection();
    one.receive(frames(LATE_TAKE));
    one.receive(frames(LATE_TAKE, PING, PING.subarray(0, 5)));
    end(one);
    expect(await one.tell()).toEqual([TAKEN[0], 'pause']);
    expect(await one.tell()).toEqual([TAKEN[1] + PONG, 'end', 'resume']);
  });

  test('before it has read all is answered all', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    one.receive(PING);
    one.receive(frames(PING, PING));
    expect(end(one)).toEqual([]);
    one.socket.takes = true;
    expect(one.drain()).toEqual([PONG.repeat(2), 'end', 'resume']);
  });

  test.each(['in plain', 'over TLS'])('is answered over a real socket, %s', async (how) => {
    const harness = lateHarness();
    const parts = {
      interpreter: harness.interpreter,
      cells: harness.cells,
      clock: () => harness.table.nowUs,
      requestTimeoutMs: TIMEOUT_MS,
      turns: new Turns(() => harness.table.nowUs),
      clientBytes: clientBytesOf(harness.cells),
    };
    const { promise: served, resolve } = Promise.withResolvers<Socket>();
    const open = (socket: Socket) => {
      new Connection(socket, 7, parts);
      resolve(socket);
    };
    const server = createServer(ACCEPT_OPTIONS, (accepted) => {
      if (how === 'over TLS') handshakesOf('resp').begin(accepted, open);
      else open(accepted);
    }).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client =
      how === 'over TLS'
        ? await RespClient.secure(port, { ca: CERTIFICATE })
        : await RespClient.connect(port);
    const socket = await served;
    client.send(frames(LATE_TAKE, PING)).end();
    await once(socket, 'end');
    await harness.late.tell();
    expect(await client.rest()).toEqual(['*[:0 :3 :2 :-1 :60]', '+PONG']);
    client.destroy();
    server.close();
  });
});

describe('a long pipeline', () => {
  test('of late decisions is asked by the piece, and answered in order', async () => {
    const one = lateConnection();
    const command = words('THROTTLE late 9000 1 3600');
    expect(one.receive(Buffer.concat(Array(5_000).fill(command)))).toEqual(['pause']);
    const replies = written(await one.tellAll()).matchAll(/\*5\r\n:1\r\n:9000\r\n:(\d+)\r\n/g);
    const remaining = Array.from(replies, ([, text]) => Number(text));
    expect(remaining).toEqual(Array.from({ length: 5_000 }, (_, i) => 8_999 - i));
    expect(one.harness.late.mostWaiting).toBeGreaterThan(1_000);
    expect(one.harness.late.mostWaiting).toBeLessThan(2_000);
  });

  test('of long replies with late ones between is answered by the piece', async () => {
    const one = lateConnection();
    const [list = ''] = one.receive('COMMAND\n');
    one.receive(Buffer.concat(Array(1_000).fill(frames('COMMAND', LATE_TAKE))));
    const log = await one.tellAll();
    for (const text of log) expect(text.length).toBeLessThan(MOST_REPLY_BYTES + list.length);
    expect(written(log).split(list)).toHaveLength(1_001);
  });

  test('lets others have their turn after late replies too', async () => {
    const one = lateConnection();
    const blank = Buffer.alloc(MOST_READ_BYTES - LATE_TAKE.length, '\n');
    expect(one.receive(frames(LATE_TAKE, blank))).toEqual(['pause']);
    expect(await one.tell()).toEqual([TAKEN[0]]);
    expect(one.turn()).toEqual(['resume']);
  });
});
