/** What is handed to threads of certificate, key and client CAs, when, and what never is. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { LOOK_EVERY_MS, SETTLE_MS } from '../../src/lib/files-watch.ts';
import {
  CERTIFICATE_ENDS_S,
  Cells,
  sumCells,
  TLS_FILES_VALID,
  TLS_RELOADS_APPLIED,
  TLS_RELOADS_REFUSED,
} from '../../src/metrics/cells.ts';
import { BadCredentials, NEW_TICKET_KEYS_MS, TlsLoading } from '../../src/threads/tls-loading.ts';
import type { Credentials } from '../../src/transport/tls/credentials.ts';
import { FakeTime } from '../support/fake-time.ts';
import { TlsFiles } from '../support/tls-files.ts';

const files = new TlsFiles();
const { ca } = files;
const [first, second] = [files.issue(), files.issue()];
afterAll(() => files.remove());

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;

class Scene {
  readonly time = new FakeTime();
  readonly handedOn: Credentials[] = [];
  readonly logged: string[] = [];
  wallMs = NOW_MS;
  /** What the files say now. */
  texts = { ...first, clientCa: ca };
  readonly loading: TlsLoading;
  readonly #memory = Cells.reserve(1);

  constructor() {
    const log = (level: string) => (about: unknown, words?: unknown) => {
      this.logged.push(`${level} ${words ?? about}`);
    };
    this.loading = new TlsLoading({
      settings: { tlsCertFile: 'tls.crt', tlsKeyFile: 'tls.key', tlsClientCaFile: 'ca.crt' },
      look: async () => {
        const of = (text: string) => ({ ok: true, text }) as const;
        const { cert, key, clientCa } = this.texts;
        const found = { cert: of(cert), key: of(key), clientCa: of(clientCa) };
        return { found, identity: JSON.stringify(found) };
      },
      handOn: (credentials) => this.handedOn.push(credentials),
      cells: new Cells(this.#memory, 0),
      log: { info: log('info'), warn: log('warn'), error: log('error') } as never,
      wall: () => this.wallMs * 1_000,
      timers: this.time,
    });
  }

  get counted(): readonly (number | undefined)[] {
    const sums = sumCells(this.#memory);
    return [TLS_FILES_VALID, TLS_RELOADS_APPLIED, TLS_RELOADS_REFUSED].map((cell) => sums[cell]);
  }

  get endsInDays(): number {
    const endsS = sumCells(this.#memory)[CERTIFICATE_ENDS_S] ?? Number.NaN;
    return Math.round((endsS * 1_000 - NOW_MS) / DAY_MS);
  }

  /** Time in which a change is noticed, and has settled. */
  pass(): Promise<void> {
    return this.time.pass(LOOK_EVERY_MS + SETTLE_MS);
  }
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

test('at the start what the files say, with keys for tickets; and that is no reload', async () => {
  const credentials = await scene.loading.start();
  expect(credentials).toMatchObject({ ...first, clientCa: ca });
  expect(credentials.ticketKeys).toHaveLength(48);
  expect([scene.counted, scene.endsInDays]).toEqual([[1, 0, 0], 365]);
  await scene.time.pass(10 * LOOK_EVERY_MS);
  expect([scene.handedOn, scene.logged]).toEqual([[], []]);
});

test('files that are wrong at the start are an error that says what is', async () => {
  scene.texts = { ...first, key: second.key, clientCa: ca };
  await expect(scene.loading.start()).rejects.toThrow(BadCredentials);
  await expect(scene.loading.start()).rejects.toThrow('TLS_KEY_FILE, tls.key, must have the key');
});

test('a new pair is handed on once, as one, with other keys for tickets', async () => {
  const { ticketKeys } = await scene.loading.start();
  scene.texts = { ...second, clientCa: ca };
  await scene.pass();
  await scene.time.pass(10 * LOOK_EVERY_MS);
  expect(scene.handedOn).toHaveLength(1);
  expect(scene.handedOn[0]).toMatchObject(second);
  // Or a session that other CAs let begin would go on.
  expect(scene.handedOn[0]?.ticketKeys).not.toEqual(ticketKeys);
  expect(scene.counted).toEqual([1, 1, 0]);
  expect(scene.logged).toEqual(['info certificate and key loaded again: new connections get them']);
});

test('so are other client CAs alone', async () => {
  await scene.loading.start();
  scene.texts = { ...first, clientCa: ca + second.cert };
  await scene.pass();
  expect(scene.handedOn).toMatchObject([{ ...first, clientCa: ca + second.cert }]);
});

describe('what is half there never takes effect:', () => {
  const half = (text: string) => text.slice(0, text.length / 2);
  //  what, the files meanwhile, how its error begins
  test.each([
    ['the certificate alone', { cert: second.cert, key: first.key }, 'TLS_KEY_FILE, tls.key,'],
    ['the key alone', { cert: first.cert, key: second.key }, 'TLS_KEY_FILE, tls.key,'],
    ['half a certificate', { cert: half(second.cert), key: second.key }, 'TLS_CERT_FILE, tls.crt,'],
    ['half a key', { cert: second.cert, key: half(second.key) }, 'TLS_KEY_FILE, tls.key,'],
    ['nothing', { cert: '', key: '' }, 'TLS_CERT_FILE, tls.crt,'],
    ['half the client CAs', { ...second, clientCa: half(ca) }, 'TLS_CLIENT_CA_FILE, ca.crt,'],
  ])('%s', async (_, texts, begin) => {
    await scene.loading.start();
    scene.texts = { clientCa: ca, ...texts };
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.handedOn).toEqual([]);
    // Once for as long as it is so.
    expect([scene.counted, scene.endsInDays]).toEqual([[0, 0, 1], 365]);
    expect(scene.logged).toHaveLength(1);
    expect(scene.logged[0]).toContain(`error certificate and key stay as they were: ${begin}`);
    scene.texts = { ...second, clientCa: ca };
    await scene.pass();
    expect(scene.handedOn).toMatchObject([second]);
    expect(scene.counted).toEqual([1, 1, 1]);
  });

  test('a chain of which the first is there, while it is written', async () => {
    await scene.loading.start();
    scene.texts = { ...second, clientCa: ca };
    await scene.time.pass(LOOK_EVERY_MS);
    scene.texts = { ...second, cert: second.cert + ca, clientCa: ca };
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.handedOn).toMatchObject([{ cert: second.cert + ca }]);
  });
});

test('what is there is loaded where somebody asks for it, changed or not', async () => {
  await scene.loading.start();
  scene.loading.reload();
  await scene.time.settle();
  expect(scene.handedOn).toMatchObject([first]);
});

test('keys for tickets are others each day, for the same certificate', async () => {
  const { ticketKeys } = await scene.loading.start();
  await scene.time.pass(2 * NEW_TICKET_KEYS_MS + 1);
  expect(scene.handedOn).toMatchObject([first, first]);
  const keys = [ticketKeys, ...scene.handedOn.map((one) => one.ticketKeys)];
  expect(new Set(keys.map((one) => Buffer.from(one).toString('hex'))).size).toBe(3);
  expect(scene.counted).toEqual([1, 0, 0]);
});

test('a certificate that has ended, or not begun, is used, with a warning', async () => {
  const says = async (wallMs: number) => {
    scene = new Scene();
    scene.wallMs = wallMs;
    await scene.loading.start();
    return scene.logged;
  };
  expect(await says(NOW_MS)).toEqual([]);
  expect(await says(NOW_MS + 366 * DAY_MS)).toMatchObject([
    expect.stringMatching(/^warn the certificate of TLS_CERT_FILE has ended: \w{3} /),
  ]);
  expect(await says(NOW_MS - 2 * DAY_MS)).toMatchObject([
    expect.stringMatching(/^warn the certificate of TLS_CERT_FILE has not begun: \w{3} /),
  ]);
});
