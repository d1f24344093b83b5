/** deploy/nginx.conf in Debian's nginx: turns, kept connections, and no question charged twice. */
import { afterEach, describe, expect, test } from 'vitest';
import { ask, freshKey, get, LIMIT_PATH, post, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { type Answer, RawClient } from '../support/raw-http.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type Service, startService } from '../support/service.ts';
import { broken } from './deployment-facts.ts';
import { type FakeInstance, type Reaction, startFakeInstance } from './fake-instance.ts';
import { type Front, type Passed, startFront } from './front.ts';

const CLIENTS = 8;
/** Asked between one event and the next. */
const QUESTIONS = 400;

/** What a test has started, to be stopped in the opposite order. */
const started: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function front(...args: Parameters<typeof startFront>): Promise<Front> {
  const nginx = await startFront(...args);
  started.push(() => nginx.stop());
  return nginx;
}

async function fake(react?: (before: number) => Reaction): Promise<FakeInstance> {
  const instance = await startFakeInstance(react);
  started.push(() => instance.stop());
  return instance;
}

async function service(...flags: readonly string[]): Promise<Service> {
  const one = await startService({ flags: ['--threads', '1', '--max-keys', '100000', ...flags] });
  started.push(() => one.stop('SIGKILL'));
  return one;
}

/** A token that only this question may have: charged twice by one instance, it would be denied. */
function question(): object {
  return { key: freshKey(), capacity: 1, interval: 60 };
}

/** How many instances may have charged for it. */
function charges({ attempts }: Passed): number {
  return attempts.filter(({ bytesSent }) => bytesSent > 0).length;
}

/** One connection that asks over and over, and what it was answered. */
class Asker {
  readonly statuses: number[] = [];
  readonly #nginx: Front;
  #running = true;
  readonly #done: Promise<void>;

  constructor(nginx: Front) {
    this.#nginx = nginx;
    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#running = false;
    return this.#done;
  }

  async #run(): Promise<void> {
    const client = await RawClient.connect(this.#nginx.port);
    try {
      while (this.#running) {
        this.statuses.push((await client.send(post(question())).answer()).status);
      }
    } finally {
      client.destroy();
    }
  }
}

interface Load {
  /** Asks on until so many more answers have come. */
  more(answers: number): Promise<void>;
  /** Ends it: the statuses of the answers by client, and what nginx did with each question. */
  end(): Promise<{ statuses: readonly (readonly number[])[]; passed: readonly Passed[] }>;
}

/** Asks over several connections at once. */
function load(nginx: Front): Load {
  const askers = Array.from({ length: CLIENTS }, () => new Asker(nginx));
  const count = () => askers.reduce((sum, { statuses }) => sum + statuses.length, 0);
  return {
    more: async (answers) => {
      const goal = count() + answers;
      while (count() < goal) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    end: async () => {
      for (const asker of askers) await asker.stop();
      return {
        statuses: askers.map(({ statuses }) => statuses),
        passed: await nginx.passed(count()),
      };
    },
  };
}

describe.skipIf(isMissing('nginx'))('deploy/nginx.conf', () => {
  test('questions go to the instances in turns, over connections that are kept', async () => {
    const instances = [await fake(), await fake()] as const;
    const nginx = await front(instances);
    for (let i = 0; i < 100; i++) expect((await ask(nginx, question())).status).toBe(200);
    for (const { asked, connections } of instances) {
      expect(asked).toBe(50);
      // Each worker of nginx has its own.
      expect(connections).toBeLessThan(25);
    }
  });

  test('the service answers through it: one question, many, and the refusals', async () => {
    const nginx = await front([await service(), await service()]);
    expect((await ask(nginx, question())).status).toBe(200);
    const many = JSON.stringify([question(), question()]);
    expect((await send(nginx, '/api/v1/limits', many)).status).toBe(200);
    const tooLarge = await send(nginx, '/api/v1/limits', JSON.stringify(['x'.repeat(600_000)]));
    for (const [answer, status] of [
      [await ask(nginx, { key: 'alice' }), 400],
      [await get(nginx, LIMIT_PATH), 405],
      [tooLarge, 413],
    ] as const) {
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
  });

  test("what is an instance's own is not there for the world", async () => {
    const nginx = await front([await fake(), await fake()]);
    for (const path of ['/api/v1/health', '/openapi.json', '/api/v1/limit?key=a']) {
      expect((await get(nginx, path)).status).toBe(200);
    }
    for (const path of [
      '/metrics',
      '/livez',
      '/readyz',
      '/%6detrics',
      '//metrics',
      '/api/v1/limit/../../../metrics',
      '/api/v1/limit/metrics',
      '/',
    ]) {
      expect((await get(nginx, path)).status, path).toBe(404);
    }
  });

  test('an instance that is not there costs no question', async () => {
    const there = await fake();
    const nginx = await front([{ port: await freePort() }, there]);
    for (let i = 0; i < 20; i++) expect((await ask(nginx, question())).status).toBe(200);
    expect(there.asked).toBe(20);
  });

  //  what the first instance does with a question, and with which of its connection
  test.each([
    ['dies over the first question of a connection', 'die', 0, 502],
    ['dies over a question on a connection that was kept', 'die', 1, 502],
    ['keeps a question for too long', 'hang', 0, 504],
  ] as const)('an instance %s: nobody else is asked', async (_, reaction, at, status) => {
    const first = await fake((before) => (before < at ? 'answer' : reaction));
    const second = await fake();
    const soon = (text: string) =>
      broken(text, 'proxy_read_timeout 2s', 'proxy_read_timeout 200ms');
    const nginx = await front([first, second], soon);
    const answers = await untilStatus(nginx, status);
    const passed = await nginx.passed(answers.length);
    expect(passed.map(charges)).toEqual(answers.map(() => 1));
    expect(first.asked + second.asked).toBe(answers.length);
  });

  test('a GET, which charges nothing, is asked of the other', async () => {
    const nginx = await front([await fake(() => 'die'), await fake()]);
    for (let i = 0; i < 4; i++) expect((await get(nginx, '/api/v1/health')).status).toBe(200);
  });

  test('with `non_idempotent` a question would be charged twice, and be seen to be', async () => {
    const unsafe = (text: string) =>
      broken(text, 'upstream error timeout;', 'upstream error timeout non_idempotent;');
    const nginx = await front([await fake(() => 'die'), await fake()], unsafe);
    for (let i = 0; i < 2; i++) expect((await ask(nginx, question())).status).toBe(200);
    expect((await nginx.passed(2)).map(charges).toSorted()).toEqual([1, 2]);
  });

  test('both are restarted in turns under load: every question is answered, none charged twice', async () => {
    // As deployed, DRAIN_DELAY_MS is longer than nginx leaves an instance alone that was away: by
    // up to a second more than fail_timeout, because it counts in whole seconds.
    const flags = ['--drain-delay-ms', '2100'];
    const instances = [await service(...flags), await service(...flags)] as const;
    const soon = (text: string) => broken(text, 'fail_timeout=10s', 'fail_timeout=1s');
    const nginx = await front(instances, soon);
    const asked = load(nginx);
    await asked.more(QUESTIONS);
    for (const instance of instances) {
      expect(await instance.stop('SIGTERM')).toBe(0);
      await asked.more(QUESTIONS);
      await service(...flags, '--port', String(instance.port));
    }
    await asked.more(QUESTIONS);
    const { statuses, passed } = await asked.end();
    expect(statuses.flat().filter((status) => status !== 200)).toEqual([]);
    expect(passed.filter((one) => charges(one) !== 1)).toEqual([]);
  }, 90_000);

  test('an instance is killed under load: no question is charged twice', async () => {
    const instances = [await service(), await service()] as const;
    const asked = load(await front(instances));
    await asked.more(QUESTIONS);
    await instances[0].stop('SIGKILL');
    await asked.more(QUESTIONS);
    const { statuses, passed } = await asked.end();
    // What it had in hand gets no decision, and nobody knows whether it was charged.
    expect(statuses.flat().filter((status) => status !== 200 && status !== 502)).toEqual([]);
    for (const client of statuses) expect(client.slice(-10)).toEqual(new Array(10).fill(200));
    expect(passed.filter((one) => charges(one) !== 1)).toEqual([]);
  });
});

/** Asks until an answer has this status; all answers up to that one. */
async function untilStatus(nginx: Front, status: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (answers.at(-1)?.status !== status) {
    answers.push(await ask(nginx, question()));
    if (answers.length > 100) throw new Error(`No answer had status ${status}`);
  }
  return answers;
}

/** POSTs a body anywhere. */
async function send(nginx: Front, path: string, body: string): Promise<Answer> {
  const client = await RawClient.connect(nginx.port);
  try {
    const head = request('POST', path, { 'Content-Length': String(Buffer.byteLength(body)) });
    return await client.send(head + body).answer();
  } finally {
    client.destroy();
  }
}
