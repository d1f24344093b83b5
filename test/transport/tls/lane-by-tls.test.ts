/**
 * The lane and node:http agree over TLS as they do without it: each record is a chunk by itself,
 * and large chunks come in several. ARGUS_FUZZ and ARGUS_FUZZ_SEED are as for the lane without it.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Limiter } from '../../../src/limiter/limiter.ts';
import { ACCEPT_OPTIONS } from '../../../src/transport/connection/listener.ts';
import type { Handshakes } from '../../../src/transport/tls/handshakes.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { type Carry, DEFAULTS, LanePair } from '../http/lane-pair.ts';
import { connection } from '../http/request-fuzzer.ts';
import { SlowLimiter } from '../http/slow-limiter.ts';
import { handshakesOf } from './handshakes-scene.ts';

const FUZZED = Math.ceil(Number(process.env['ARGUS_FUZZ'] ?? 4_000) / 20);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 20_261_129);
const MS_AN_INPUT = 150;

const handshakes = handshakesOf('http');
const opens: Parameters<Handshakes['begin']>[1][] = [];
const server = createServer(ACCEPT_OPTIONS, (accepted) => {
  const open = opens.shift();
  if (open !== undefined) handshakes.begin(accepted, open);
});
afterAll(() => void server.close());

/** One after the other: who connects first is accepted first. */
let before: Promise<unknown> = Promise.resolve();

const carry: Carry = (side) => {
  const coming = before.then(async (): Promise<Duplex> => {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    opens.push((socket) => side.open(socket));
    const { port } = server.address() as AddressInfo;
    const options = { port, host: '127.0.0.1', ca: CERTIFICATE, servername: 'localhost' };
    const client = connect(Object.assign(options, { allowHalfOpen: true }));
    await once(client, 'secureConnect');
    return client;
  });
  before = coming;
  return coming;
};

//  how decisions come, what is put between
const WAYS: readonly (readonly [string, (limiter: Limiter) => Limiter])[] = [
  ['at once', (limiter) => limiter],
  ['some turns later, now and then', (limiter) => new SlowLimiter(limiter)],
];

test.each(WAYS)(
  'whatever is sent, both answer alike where decisions come %s',
  async (_, around) => {
    let inLane = 0;
    const pair = new LanePair(DEFAULTS, { carry, around });
    const property = fc.asyncProperty(connection, async (chunks) => {
      const outcome = await pair.exchange(chunks);
      expect(outcome.lane.text).toBe(outcome.http.text);
      inLane += outcome.lane.inLane;
    });
    await fc.assert(property, { numRuns: FUZZED, seed: SEED });
    expect(inLane).toBeGreaterThan(FUZZED / 10);
  },
  30_000 + FUZZED * MS_AN_INPUT,
);
