/** Holds the tables of metrics in the documents against what services export. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { termsOf } from '../access/terms.ts';
import { freePort } from '../support/free-port.ts';
import { startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { TokensFile } from '../support/tokens-file.ts';
import { ROOT, tableOf } from './readme.ts';

const METRICS = readFileSync(`${ROOT}docs/run/metrics.md`, 'utf8');

test('the tables of metrics are what is exported', async () => {
  // Nobody is at that address: what would be counted is shown all the same.
  const store = ['--redis-url', 'redis://127.0.0.1:1'];
  const policies = ['--policies', `${ROOT}test/process/policies.yaml`];
  const snapshots = ['--snapshot', `${ROOT}no such folder/argus.snapshot`];
  const families = new Map<string, string>();
  const grpc = ['--grpc-port', String(await freePort())];
  const admin = ['--admin-port', String(await freePort())];
  const files = new TlsFiles();
  const exported = async (more: readonly string[]) => {
    const probePort = await freePort();
    const probes = ['--probe-port', String(probePort)];
    const flags = ['--threads', '1', '--max-keys', '1', ...probes, ...more];
    const service = await startService({ flags, env: { ADMIN_TOKEN: 'secret' } });
    const text = await (await fetch(`http://127.0.0.1:${probePort}/metrics`)).text();
    await service.stop();
    return text;
  };
  const tokens = new TokensFile([termsOf('a')]);
  const access = ['--auth-tokens-file', tokens.path];
  const all = [...policies, ...snapshots, ...grpc, ...admin, ...files.flags, ...access];
  const services = [store, all];
  for (const text of await Promise.all(services.map(exported))) {
    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (argus_\w+) (\w+)$/gm)) {
      families.set(name, type);
    }
  }
  const rows = [
    '',
    'shared ',
    'admin ',
    'gRPC ',
    'policy ',
    "Envoy's ",
    'snapshot ',
    'token ',
    'TLS ',
  ]
    .flatMap((table) => tableOf(METRICS, `${table}metric`))
    .map(([name = '', type]) => [name.replaceAll('`', '').replace(/\{.*/, ''), type]);
  expect(rows.toSorted()).toEqual([...families].toSorted());
  files.remove();
  tokens.remove();
});
