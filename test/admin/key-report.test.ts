/** Keys as operators read them: taken apart, and never taken for another's. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyId } from '../../src/admin/key-id.ts';
import { keyReport } from '../../src/admin/key-report.ts';
import { type BucketOf, bucketName } from '../../src/envoy/bucket-name.ts';
import { bytesOf } from '../../src/envoy/request.ts';
import { inNamespace } from '../../src/lib/namespace.ts';
import { Key } from '../../src/memory/key.ts';

function report(text: string) {
  const key = new Key();
  key.set(text);
  const { id, ...told } = keyReport(key.words, key.length);
  expect(id).toBe(keyId(key));
  return told;
}

const ofPolicy = (text: string) => report(inNamespace('policy', text));
const ofEnvoy = (of: Partial<BucketOf>) =>
  report(bucketName({ domain: 'd', entries: [], shared: null, unit: 0, ...of }));

test('a plain key is all that it says, whatever it looks like', () => {
  const text = 'daily\0api\0alice';
  expect(report(text)).toEqual({ namespace: 'plain', key: text });
});

test('of a policy’s the limit and the policy are told', () => {
  const names = { namespace: 'policy', policy: 'api', limit: 'daily' };
  expect(ofPolicy('daily\0api\0alice')).toEqual({ ...names, key: 'alice' });
  expect(ofPolicy('daily\0api\0a\0b')).toEqual({ ...names, key: 'a\0b' });
});

test('a long key is told by its beginning, its length and its digest', () => {
  const text = `daily\0api\0${'x'.repeat(90)}`;
  const cut = { bytes: 100, sha256: hash('sha256', text) };
  const names = { namespace: 'policy', policy: 'api', limit: 'daily' };
  expect(ofPolicy(text)).toEqual({ ...names, key: 'x'.repeat(26), cut });
});

test('where not even the names are kept, no policy is told', () => {
  const text = `${'l'.repeat(30)}\0${'p'.repeat(30)}\0alice is here`;
  const cut = { bytes: 75, sha256: hash('sha256', text) };
  const key = `${'l'.repeat(30)} ppppp`;
  expect(ofPolicy(text)).toEqual({ namespace: 'policy', key, cut });
});

test('of Envoy’s the domain and the descriptor are told, as the text that they are', () => {
  const entries = ['path', bytesOf('/café'), 'ip', '10.1.2.3'];
  expect(ofEnvoy({ entries, shared: [null, '10.*'], unit: 2 })).toEqual({
    namespace: 'envoy',
    key: '1:d4:path6:/café2:ip*4:10.*/2',
    domain: 'd',
    descriptor: [
      { key: 'path', value: '/café' },
      { key: 'ip', value: '10.*', isPattern: true },
    ],
    unit: 'minute',
  });
});

test('bytes that are no text are told one character each', () => {
  const { descriptor } = ofEnvoy({ entries: ['a', '\xff'] });
  expect(descriptor).toEqual([{ key: 'a', value: 'ÿ' }]);
});

test('of what is cut, and of a digest, there is no descriptor', () => {
  const long = ofEnvoy({ entries: ['path', 'x'.repeat(80)] });
  expect(long).toMatchObject({ namespace: 'envoy', key: `1:d4:path80:${'x'.repeat(24)}` });
  expect(long).not.toHaveProperty('domain');
  const digest = ofEnvoy({ entries: ['path', 'x'.repeat(300)] });
  expect(digest.key).toMatch(/^#[\da-f]{64}$/);
  expect(digest).not.toHaveProperty('descriptor');
});
