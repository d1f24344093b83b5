/** What a start warns of: that strangers may ask where it listens, and only where they may. */
import { expect, test } from 'vitest';
import { DEFAULTS } from '../../src/config.ts';
import { warnOfStrangers } from '../../src/threads/start-warnings.ts';

type Keeper = 'authTokensFile' | 'tlsClientCaFile';

function warningsOf(host: string, keeper?: Keeper): readonly string[] {
  const lines: string[] = [];
  const warn = (line: string) => void lines.push(line);
  const config = { ...DEFAULTS, host, ...(keeper !== undefined && { [keeper]: 'file' }) };
  warnOfStrangers(config as never, { warn } as never);
  return lines;
}

test.each(['0.0.0.0', '::', '192.0.2.1', 'argus.example'])(
  'at %s whoever reaches it may ask, unless it wants tokens or certificates',
  (host) => {
    expect(warningsOf(host)).toEqual([expect.stringContaining(`whoever reaches ${host} may ask`)]);
    expect(warningsOf(host, 'authTokensFile')).toEqual([]);
    expect(warningsOf(host, 'tlsClientCaFile')).toEqual([]);
  },
);

test.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('at %s nobody else is', (host) => {
  expect(warningsOf(host)).toEqual([]);
});
