/** Holds the README against the service: its examples are run, its tables are looked up. */
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULTS, flagOf, readCommand, variableOf } from '../src/config.ts';
import { type CurlCall, curlCalls, type Example, examplesOf, tableOf } from './support/readme.ts';
import { type Service, startService } from './support/service.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');

const ADMIN_TOKEN = 'a-token';

/** How each mark of a fence is tested; what has none is a drawing or another program's. */
const MARKS = ['sh', 'console', 'json', 'yaml', 'nginx', 'ts', ''];

function examples(mark: string): Example[] {
  return examplesOf(README).filter((example) => example.mark === mark);
}

test('every example is of a kind that is tested, or known not to be', () => {
  const marks = examplesOf(README).map(({ mark }) => mark);
  expect(marks.length).toBeGreaterThan(10);
  expect(marks.filter((mark) => !MARKS.includes(mark))).toEqual([]);
});

describe('the examples', () => {
  let service: Service;

  beforeAll(async () => {
    const flags = ['--threads', '1', '--max-keys', '1000'];
    service = await startService({ flags, env: { ADMIN_TOKEN } });
  });

  afterAll(async () => {
    await service.stop();
  });

  test('each curl is answered as it stands, in the order of the README', async () => {
    const calls = examples('console').flatMap(({ text }) => curlCalls(text));
    expect(calls.length).toBeGreaterThanOrEqual(5);
    for (const call of calls) {
      const answer = await answerTo(call, service.port);
      expect(settled(answer)).toBe(settled(call.answer));
    }
  });

  test('each JSON example is a question that is decided, and allowed at first', async () => {
    const bodies = examples('json').flatMap(({ text }) => text.trimEnd().split('\n'));
    expect(bodies.length).toBeGreaterThanOrEqual(6);
    for (const body of bodies) {
      const answer = await fetch(`${service.url}/api/v1/limit`, { method: 'POST', body });
      expect([body, answer.status]).toEqual([body, 200]);
    }
  });

  test('the table of metrics is what is exported', async () => {
    // Nobody is at that address: what would be counted is shown all the same.
    const store = ['--redis-url', 'redis://127.0.0.1:1'];
    const sharing = await startService({ flags: ['--threads', '1', '--max-keys', '1', ...store] });
    const text = await (await fetch(`${sharing.url}/metrics`)).text();
    await sharing.stop();
    const families = [...text.matchAll(/^# TYPE (argus_\w+) (\w+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    const rows = [...tableOf(README, 'metric'), ...tableOf(README, 'shared metric')].map(
      ([name = '', type]) => [name.replaceAll('`', '').replace(/\{.*/, ''), type],
    );
    expect(rows.toSorted()).toEqual(families.toSorted());
  });

  test.each(tableOf(README, 'route').map(([route = '']) => route))(
    '%s is served',
    async (route) => {
      const [, method = '', path = ''] = /^`(\w+) (\S+)`$/.exec(route) ?? [];
      const question = '{"key":"route","capacity":1,"interval":1}';
      const body = path.endsWith('s') ? `[${question}]` : question;
      const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
      const answer = await fetch(
        `${service.url}${path}${method === 'DELETE' ? '?key=route' : ''}`,
        {
          method,
          headers,
          ...(method === 'POST' ? { body } : {}),
        },
      );
      expect(answer.status).toBe(200);
    },
  );
});

test('another answer than the README shows is found out', () => {
  const shown = '{"remaining":0,"retryAfterMs":3599988,"resetAfterMs":60}';
  //  answer, whether it passes for what is shown
  const cases: [string, boolean][] = [
    ['{"remaining":0,"retryAfterMs":3571234,"resetAfterMs":60}', true],
    ['{"remaining":1,"retryAfterMs":3599988,"resetAfterMs":60}', false],
    ['{"remaining":0,"retryAfterMs":359998,"resetAfterMs":60}', false],
    ['{"remaining":0,"retryAfterMs":60,"resetAfterMs":60}', false],
    ['{"remaining":0,"retryAfterMs":3599988,"resetAfterMs":61}', false],
    ['{"remaining":0,"retryAfterMs":3599988}', false],
  ];
  for (const [answer, passes] of cases) {
    expect([answer, settled(answer) === settled(shown)]).toEqual([answer, passes]);
  }
});

test('the configuration table is what src/config.ts and --help say', () => {
  const help = readCommand(['--help'], {});
  const rows = tableOf(README, 'flag').map((row) => row.map((cell) => cell.replaceAll('`', '')));
  const wanted = Object.entries(DEFAULTS).map(([key, fallback]) => {
    const name = key as keyof typeof DEFAULTS;
    return [
      `--${flagOf(name)}`,
      variableOf(name),
      name === 'threads' ? 'the cores it may use' : String(fallback) || 'none',
      rangeOf(flagOf(name)),
      help.kind === 'print' ? meaningIn(help.text, flagOf(name)) : '',
    ];
  });
  expect(rows.map((row) => row.map((cell) => cell.replace(/(?<=\d),(?=\d)/g, '')))).toEqual(wanted);
});

test('each command is one that package.json or the service knows', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = examples('sh').flatMap(({ text }) => text.split('\n'));
  const inline = [...README.matchAll(/`(npm [^`]*)`/g)].map(([, command = '']) => command);
  for (const command of [...commands, ...inline]) {
    for (const [, script = ''] of command.matchAll(/\bnpm (?:run )?(start|(?<=run )\S+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    const bare = command.replace(/#.*/, '');
    const env = Object.fromEntries(
      [...bare.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    const [, flags] = /npm start -- (.*)/.exec(bare) ?? [];
    for (const name of Object.keys(env)) expect(Object.keys(DEFAULTS).map(nameOf)).toContain(name);
    expect(readCommand(flags?.trim().split(/\s+/) ?? [], env).kind).toBe('serve');
  }
});

test.each(['README.md', 'ARCHITECTURE.md'])(
  'each link and path in %s leads to a file',
  (document) => {
    const text = readFileSync(`${ROOT}${document}`, 'utf8');
    const paths = [...text.matchAll(/\]\(([^)]+)\)|`((?:src|test|deploy|docs)\/[^`]*)`/g)];
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, words = '']) => anchorOf(words));
    const missing = paths
      .map(([, link, path]) => (link ?? path) as string)
      .filter((path) => !headings.includes(path) && !existsSync(`${ROOT}${path}`));
    expect(paths.length).toBeGreaterThan(1);
    expect(missing).toEqual([]);
  },
);

test('the Prometheus example scrapes the default port', () => {
  const [example] = examples('yaml');
  expect(JSON.stringify(parse(example?.text ?? ''))).toContain(`localhost:${DEFAULTS.port}`);
});

/** Sends what a curl command would, and gives the answer as curl prints it. */
function answerTo(call: CurlCall, port: number): Promise<string> {
  const { method, path, headers, body, showsHead } = call;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const req = request({ port, method, path, headers }, (res) => {
    const fields: string[] = [];
    for (let i = 0; i < res.rawHeaders.length; i += 2) {
      fields.push(`${res.rawHeaders[i]}: ${res.rawHeaders[i + 1]}`);
    }
    const head = [`HTTP/1.1 ${res.statusCode} ${res.statusMessage}`, ...fields, '', ''].join('\n');
    let text = '';
    res.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    res.on('end', () => resolve(showsHead ? head + text : text));
  });
  req.on('error', reject).end(body);
  return promise;
}

/**
 * An answer without what differs from run to run: the date, and the part of a wait of an hour or
 * so that has passed since the question before.
 */
function settled(answer: string): string {
  return answer
    .replace(/^Date: .*$/m, 'Date: -')
    .replace(
      /(AfterMs":)(\d{7,})/g,
      (_all, name, ms) => `${name}${Math.ceil(Number(ms) / 60_000)} min`,
    )
    .replace(
      /(;t=|Retry-After: )(\d{4,})/g,
      (_all, name, s) => `${name}${Math.ceil(Number(s) / 60)} min`,
    );
}

function nameOf(name: string): string {
  return variableOf(name as keyof typeof DEFAULTS);
}

/** What leads to a heading. */
function anchorOf(words: string): string {
  return `#${words
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')}`;
}

/** What a setting may be: in the words of the error that another value gets. */
function rangeOf(flag: string): string {
  const refused = readCommand([`--${flag}`, '\t'], {});
  const line = refused.kind === 'error' ? refused.line : '';
  const [, wanted = ''] = /must be (.*), is ("\\t"|something else)(: .*)?$/.exec(line) ?? [];
  return wanted.replace(/^(a whole number from|one of) /, '');
}

function meaningIn(help: string, flag: string): string {
  return new RegExp(`^ +--${flag} +[A-Z_]+ +(.*) \\(.*\\)$`, 'm').exec(help)?.[1] ?? '';
}
