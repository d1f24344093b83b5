/** Holds the documents against the service: examples are run, tables and links are looked up. */
import { globSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HAPPENING_KINDS } from '../../src/admin/happenings.ts';
import { DEFAULTS, flagOf, readCommand, variableOf } from '../../src/config.ts';
import { ENVOY_JSON_PATH } from '../../src/contract/paths.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing, run } from '../support/resp-tools.ts';
import { startService } from '../support/service.ts';
import { faultsOfLinks, faultsOfPaths, linksOf } from './named-paths.ts';
import {
  allDocuments,
  type Call,
  type CurlCall,
  callsOf,
  documents,
  type Example,
  examplesOf,
  ROOT,
  tableOf,
} from './readme.ts';

const DOCUMENTS = documents();
const ADMIN_TOKEN = 'secret';

/** How each mark of a fence is tested; what has none is a drawing. */
const MARKS = ['sh', 'console', 'yaml', 'nginx', 'ts', ''];

/** In which document what the tests look up stands. */
const HTTP = textOf('docs/ask/http.md');
const CONFIGURATION = textOf('docs/run/configuration.md');

function textOf(path: string): string {
  return DOCUMENTS.find((document) => document.path === path)?.text ?? '';
}

function textAt(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

function examples(mark: string): Example[] {
  return DOCUMENTS.flatMap(({ text }) => examplesOf(text)).filter((one) => one.mark === mark);
}

test('every example is of a kind that is tested, or known not to be', () => {
  const marks = DOCUMENTS.flatMap(({ text }) => examplesOf(text)).map(({ mark }) => mark);
  expect(marks.length).toBeGreaterThan(20);
  expect(marks.filter((mark) => !MARKS.includes(mark))).toEqual([]);
});

//  the document, its calls in their order, each against one fresh service
const shown: [string, Call[]][] = DOCUMENTS.map(({ path, text }): [string, Call[]] => [
  path,
  examplesOf(text)
    .filter(({ mark }) => mark === 'console')
    .flatMap((example) => callsOf(example.text)),
]).filter(([, calls]) => calls.length > 0);

test('the README is for one screen or two', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThan(120);
});

test('the README, the contract of HTTP and that of the Redis protocol show calls', () => {
  const paths = shown.map(([path]) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['README.md', 'docs/ask/http.md', 'docs/ask/redis-protocol.md']),
  );
});

describe.each(shown)('the examples of %s', (path, calls) => {
  let service: RespService;

  beforeAll(async () => {
    const flags = ['--threads', '1', '--max-keys', '1000'];
    service = await startResp({ flags, env: { ADMIN_TOKEN } });
  });

  afterAll(async () => {
    await service.stop();
  });

  test(`each call of ${path} is answered as it stands, in its order`, async () => {
    for (const call of calls) {
      if ('arguments' in call && isMissing('redis-cli')) continue;
      const answer = await ('arguments' in call
        ? redisAnswer(call.arguments, service.respPort)
        : answerTo(call, service.port));
      expect(settled(answer)).toBe(settled(call.answer));
    }
  });
});

test('every route of the table is served', async () => {
  const flags = ['--threads', '1', '--policies', `${ROOT}deploy/forward-auth/policies.yaml`];
  const service = await startService({ flags, env: { ADMIN_TOKEN } });
  const routes = tableOf(HTTP, 'route').map(([route = '']) => route);
  expect(routes.length).toBeGreaterThan(5);
  for (const route of routes) {
    const [, method = '', path = ''] = /^`(\w+) (\S+)`$/.exec(route) ?? [];
    const question = '{"key":"route","capacity":1,"interval":1}';
    const ours = path.endsWith('s') ? `[${question}]` : question;
    const body = path === ENVOY_JSON_PATH ? '{"domain":"d"}' : ours;
    const headers = {
      Authorization: `Bearer ${ADMIN_TOKEN}`,
      'X-Forwarded-For': '192.0.2.1',
    };
    const target = `${service.url}${path.replace('{policy}', 'site')}${method === 'DELETE' ? '?key=route' : ''}`;
    const sent = method === 'POST' ? { method, headers, body } : { method, headers };
    expect([route, (await fetch(target, sent)).status]).toEqual([route, 200]);
  }
  await service.stop();
});

test('another answer than what is shown is found out', () => {
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
  const rows = tableOf(CONFIGURATION, 'flag').map((row) =>
    row.map((cell) => cell.replaceAll('`', '')),
  );
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

test('each kind of event is in the table of them, and those with `times` are told when over', () => {
  const rows = tableOf(textOf('docs/run/admin.md'), '`kind`');
  const kinds = rows.flatMap(([names = '', , detail = '']) =>
    [...names.matchAll(/`([\w-]+)`/g)].flatMap(([, kind]) =>
      detail === '`times`' ? [kind, `${kind}-over`] : [kind],
    ),
  );
  expect(kinds.toSorted()).toEqual(HAPPENING_KINDS.toSorted());
});

test('each command is one that package.json or the service knows', () => {
  const { scripts } = JSON.parse(textAt('package.json')) as {
    scripts: Record<string, string>;
  };
  // What tests read from their environment, and no service does.
  const sources = globSync('{test,bench}/**/*.ts', { cwd: ROOT }).map((path) => textAt(path));
  const ofTests = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/process\.env\['(ARGUS_\w+)'\]/g)].map(([, name]) => name),
    ),
  );
  const commands = examples('sh').flatMap(({ text }) => text.split('\n'));
  const texts = DOCUMENTS.map(({ text }) => text).join('\n');
  const inline = [...texts.matchAll(/`((?:[A-Z_]+=\S+ )*(?:npm|node) [^`]*)`/g)].map(
    ([, command = '']) => command,
  );
  for (const command of [...commands, ...inline]) {
    for (const [, script = ''] of command.matchAll(/\bnpm (?:run )?(start|(?<=run )\S+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    const bare = command.replace(/#.*/, '');
    const env = Object.fromEntries(
      [...bare.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    const [, flags] = /npm start -- (.*)/.exec(bare) ?? [];
    const settings = Object.keys(env).filter((name) => !ofTests.has(name));
    for (const name of settings) expect(Object.keys(DEFAULTS).map(nameOf)).toContain(name);
    const given = Object.fromEntries(settings.map((name) => [name, env[name]]));
    expect(readCommand(flags?.trim().split(/\s+/) ?? [], given).kind).toBe('serve');
  }
});

test.each(allDocuments())('each link and path in $path leads somewhere', ({ path, text }) => {
  expect([...faultsOfLinks(text, path), ...faultsOfPaths(text, path)]).toEqual([]);
});

test('all that the documents link to comes with the package', () => {
  const { files } = JSON.parse(textAt('package.json')) as { files: string[] };
  const targets = DOCUMENTS.flatMap(({ path, text }) =>
    linksOf(text)
      .map((link) => link.split('#', 1)[0] ?? '')
      .filter((link) => link !== '' && !link.startsWith('https://'))
      .map((link) => join(dirname(path), link)),
  );
  expect(targets.length).toBeGreaterThan(20);
  const isPacked = (target: string) =>
    files.some((file) => target === file || target.startsWith(`${file}/`));
  expect(targets.filter((target) => !isPacked(target))).toEqual([]);
});

test('the contents of docs/decisions.md are its rooms and its decisions, in their order', () => {
  const text = textOf('docs/decisions.md');
  const contents = [...text.matchAll(/^(?:- |\*\*)\[(.+)\]\(#/gm)].map(([, words]) => words);
  const headings = [...text.matchAll(/^###? (.+)$/gm)].map(([, words]) => words);
  expect(headings.length).toBeGreaterThan(50);
  expect(contents).toEqual(headings);
});

test('every document is linked to from the README', () => {
  const pages = DOCUMENTS.map(({ path }) => path).filter((path) => path !== 'README.md');
  expect(pages.filter((path) => !textOf('README.md').includes(`](${path})`))).toEqual([]);
});

test('the Prometheus example scrapes the default port', () => {
  const [example] = examples('yaml').filter(({ text }) => text.startsWith('scrape_configs:'));
  expect(JSON.stringify(parse(example?.text ?? ''))).toContain(`localhost:${DEFAULTS.port}`);
});

/** What redis-cli prints to a terminal. */
async function redisAnswer(words: readonly string[], port: number): Promise<string> {
  const at = words.indexOf('-p');
  expect(words[at + 1]).toBe(String(DEFAULTS.respPort));
  const args = ['--no-raw', ...words.with(at + 1, String(port))];
  return (await run('redis-cli', args)).output.trimEnd();
}

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
