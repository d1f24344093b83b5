/** Which variable a setting is read from, and which are refused or left alone. */
import { describe, expect, test } from 'vitest';
import { serviceLinks } from '../../src/config/service-links.ts';
import { readCommand, variableOf } from '../../src/config.ts';

type Environment = Readonly<Record<string, string>>;

function portOf(env: Environment, ...flags: readonly string[]): number | string {
  const command = readCommand(flags, env);
  if (command.kind === 'error') return command.line;
  return command.kind === 'serve' ? command.config.port : command.text;
}

describe('a setting is read from', () => {
  //  environment, flags, the port
  test.each<[Environment, string[], number]>([
    [{}, [], 8123],
    [{ PORT: '1' }, [], 1],
    [{ ARGUS_PORT: '2' }, [], 2],
    [{ PORT: '1', ARGUS_PORT: '2' }, [], 2],
    [{ PORT: '1', ARGUS_PORT: '2' }, ['--port', '3'], 3],
    [{ PORT: '' }, [], 8123],
    [{ PORT: ' \t' }, [], 8123],
    [{ PORT: '1', ARGUS_PORT: '' }, [], 1],
    [{ PORT: 'wrong', ARGUS_PORT: '2' }, [], 2],
  ])('%j and %j', (env, flags, port) => {
    expect(portOf(env, ...flags)).toBe(port);
  });

  test('a blank variable, whatever the setting is', () => {
    const { config: byDefault } = readCommand([], {}) as { config: object };
    for (const name of Object.keys(byDefault)) {
      const blank = { [variableOf(name)]: '', [`ARGUS_${variableOf(name)}`]: '' };
      expect(readCommand([], blank)).toEqual({ kind: 'serve', config: byDefault });
    }
  });
});

describe('a variable that begins with ARGUS_ and is no setting', () => {
  //  variable, the nearest
  test.each([
    ['ARGUS_PROT', 'ARGUS_PORT'],
    ['ARGUS_MAXKEYS', 'ARGUS_MAX_KEYS'],
    ['ARGUS_THREAD', 'ARGUS_THREADS'],
    ['ARGUS_HEADERS', 'ARGUS_HEADERS_TIMEOUT_MS'],
    ['ARGUS_DRAIN', 'ARGUS_DRAIN_MS'],
  ])('%s is refused, and %s named', (name, near) => {
    const line = `${name} is not a setting; the nearest is ${near}: see --help`;
    expect(portOf({ [name]: 'a-secret' })).toBe(line);
  });

  test('is left alone where it is blank', () => {
    expect(portOf({ ARGUS_PROT: '' })).toBe(8123);
  });

  test('may be the one by which clients find the service', () => {
    expect(portOf({ ARGUS_URL: 'http://127.0.0.1:8123' })).toBe(8123);
    expect(portOf({ ARGUS_URLS: 'http://127.0.0.1:8123' })).toContain(
      'ARGUS_URLS is not a setting',
    );
  });

  test.each(['PROT', 'ARGUSPORT', 'NOT_ARGUS_PORT', 'argus_port'])(
    'is not one that begins otherwise: %s',
    (name) => {
      expect(portOf({ [name]: '80' })).toBe(8123);
    },
  );
});

/**
 * As Kubernetes makes them for a Service with two ports, at most one of which has the name of it.
 */
function linksOf(service: string): Environment {
  const one = (port: number) => ({
    [`${service}_PORT_${port}_TCP`]: `tcp://10.96.0.7:${port}`,
    [`${service}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_${port}_TCP_PORT`]: String(port),
    [`${service}_PORT_${port}_TCP_ADDR`]: '10.96.0.7',
  });
  return {
    [`${service}_SERVICE_HOST`]: '10.96.0.7',
    [`${service}_SERVICE_PORT`]: '8123',
    [`${service}_SERVICE_PORT_HTTP`]: '8123',
    [`${service}_SERVICE_PORT_RESP`]: '6380',
    [`${service}_PORT`]: 'tcp://10.96.0.7:8123',
    ...one(8123),
    ...one(6380),
  };
}

describe('what Kubernetes says of Services', () => {
  test.each(['ARGUS', 'ARGUS_METRICS', 'ARGUS_RESP', 'RESP'])(
    'of one named %s stops no start and sets nothing',
    (service) => {
      const links = linksOf(service);
      expect([...serviceLinks(links)].toSorted()).toEqual(Object.keys(links).toSorted());
      expect(readCommand([], links)).toEqual(readCommand([], {}));
    },
  );

  test('does not hide what is set beside it', () => {
    const { ARGUS_PORT: _, ...links } = linksOf('ARGUS');
    expect(portOf({ ...links, ARGUS_PORT: '80' })).toBe(80);
    expect(portOf({ ...linksOf('ARGUS'), PORT: '80' })).toBe(80);
    expect(portOf({ ...links, ARGUS_PROT: '80' })).toContain('ARGUS_PROT is not a setting');
    expect(portOf({ ...links, ARGUS_PORT: 'x' })).toContain('ARGUS_PORT must be');
  });

  test('is not a variable that only looks so, with no Service beside it', () => {
    expect(portOf({ ARGUS_PORT: 'tcp://10.96.0.7:8123' })).toContain('ARGUS_PORT must be');
    expect(portOf({ ARGUS_SERVICE_PORT: '80' })).toContain('is not a setting');
    expect(portOf({ ARGUS_SERVICE_HOST: '::1' })).toContain('is not a setting');
  });
});
