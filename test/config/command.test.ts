/** What --help says of each setting, and what an error says of a wrong one. */
import { describe, expect, test } from 'vitest';
import { DEFAULTS, ENVOY_DEFAULTS, flagOf, readCommand, variableOf } from '../../src/config.ts';

const NAMES = Object.keys(DEFAULTS);

function lineOf(...argv: readonly string[]): string {
  const command = readCommand(argv, {});
  return command.kind === 'error' ? command.line : `no error, but ${command.kind}`;
}

describe('--help', () => {
  const help = readCommand(['--help'], { ARGUS_NONSENSE: '1' });
  const lines = help.kind === 'print' ? help.text.split('\n') : [];

  test.each(NAMES)(
    'says of %s what it may be, in the words of the error, and its default',
    (name) => {
      const at = lines.findIndex((line) => line.startsWith(`  --${flagOf(name)} `));
      expect(lines[at]).toContain(` ${variableOf(name)} `);
      const fallback = DEFAULTS[name as keyof typeof DEFAULTS];
      expect(lines[at]).toContain(fallback === '' ? '(none)' : `(${fallback})`);
      const wanted = lines[at + 1]?.trim() ?? '';
      expect(wanted.length).toBeGreaterThan(5);
      expect(lineOf(`--${flagOf(name)}`, '\t')).toContain(
        `--${flagOf(name)} must be ${wanted}, is `,
      );
    },
  );
});

describe('settings that do not go together', () => {
  //  flags, what is said
  test.each([
    [
      ['--request-timeout-ms', '3000'],
      'HEADERS_TIMEOUT_MS must be at most --request-timeout-ms (3000), is 5000, its default',
    ],
    [
      ['--headers-timeout-ms', '20000'],
      '--headers-timeout-ms must be at most REQUEST_TIMEOUT_MS (10000, its default), is 20000',
    ],
    [
      ['--snapshot', '/a', '--redis-url', 'redis://b'],
      '--snapshot must be unset with --redis-url: buckets are in Redis then',
    ],
    [
      ['--admin-port', '9000'],
      '--admin-port must be 0 unless there is an ADMIN_TOKEN or an AUTH_TOKENS_FILE, is 9000',
    ],
    [
      ['--admin-port', '8123', '--admin-token', 'a'],
      '--admin-port must be 0 or another port than the others, is 8123',
    ],
    [['--port', '6380'], 'RESP_PORT must be 0 or another port than --port, is 6380, its default'],
  ])('%j', (argv, line) => {
    expect(lineOf(...argv)).toBe(line);
  });
});

//  flags, environment, the port of gRPC where rules of Envoy are loaded
test.each([
  [[], {}, 8_081],
  [['--grpc-port', '0'], {}, 0],
  [[], { GRPC_PORT: '0' }, 0],
  [[], { GRPC_PORT: '9000' }, 9_000],
  [['--grpc-port', '9001'], { GRPC_PORT: '9000' }, 9_001],
])('%j with %j: a port set by hand wins', (argv, env, grpcPort) => {
  expect(readCommand(argv, env, ENVOY_DEFAULTS)).toMatchObject({ config: { grpcPort } });
});

describe('a secret is never shown', () => {
  test.each(['--admin-token', '--redis-url'])('%s', (flag) => {
    expect(lineOf(flag, 'a secret')).toContain(', is something else');
    expect(lineOf(flag, 'a secret')).not.toContain('a secret');
  });
});

//  flag, what is said of it
test.each([
  ['--maxkeys', 'Unknown flag --maxkeys; the nearest is --max-keys: see --help'],
  ['--thread', 'Unknown flag --thread; the nearest is --threads: see --help'],
  ['--versoin', 'Unknown flag --versoin; the nearest is --version: see --help'],
  ['--version=1', '--version takes no value: see --help'],
])('%s', (flag, line) => {
  expect(lineOf(flag)).toBe(line);
});

//  flags, whether a snapshot is required, the port
test.each([
  [['--snapshot-required'], 'true', 8123],
  [['--snapshot-required', '--port', '1'], 'true', 1],
  [['--snapshot-required', 'false', '--port', '1'], 'false', 1],
  [['--snapshot-required=true', '--port', '1'], 'true', 1],
  [['--snapshot-required', '--snapshot-required', 'false'], 'false', 8123],
  [['--port', '1'], 'false', 1],
])('a switch may stand alone: %j', (argv, required, port) => {
  const command = readCommand(argv, {});
  const { snapshotRequired, ...config } = command.kind === 'serve' ? command.config : DEFAULTS;
  expect([command.kind, snapshotRequired, config.port]).toEqual(['serve', required, port]);
});
