/** What files of TLS are good, and what is said of those that are not. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  checkCredentials,
  lookAtCredentials,
  type TlsSettings,
} from '../../../src/transport/tls/read-credentials.ts';
import { TlsFiles } from '../../support/tls-files.ts';

const files = new TlsFiles();
const first = files.issue();
const second = files.issue();
beforeEach(() => files.write(first));
afterAll(() => files.remove());

const settings: TlsSettings = {
  tlsCertFile: files.certFile,
  tlsKeyFile: files.keyFile,
  tlsClientCaFile: '',
};
const withCa: TlsSettings = { ...settings, tlsClientCaFile: files.at('clients.crt') };

/** What is wrong with the files, without their folder; '' where nothing is. */
async function faultOf(of = settings): Promise<string> {
  const check = checkCredentials(of, (await lookAtCredentials(of)).found);
  return check.ok ? '' : check.fault.replaceAll(`${files.folder}/`, '');
}

test('a certificate and its key are taken, with those that lead to its authority', async () => {
  expect(await faultOf()).toBe('');
  writeFileSync(files.certFile, `a comment\n${first.cert}\n${files.ca}`);
  const { found } = await lookAtCredentials(settings);
  const check = checkCredentials(settings, found);
  expect(check).toMatchObject({ ok: true, pems: { key: first.key, clientCa: null } });
  if (check.ok) expect(check.pems.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
});

test('one file may hold both, lines may end as on Windows, and a key may bring its curve', async () => {
  const both = `${first.key}${first.cert}`.replaceAll('\n', '\r\n');
  writeFileSync(files.certFile, both);
  writeFileSync(files.keyFile, both);
  expect(await faultOf()).toBe('');
  const curve = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  writeFileSync(files.keyFile, curve + first.key);
  expect(await faultOf()).toBe('');
});

describe('what cannot be used is said with its setting and its file:', () => {
  const cut = (text: string, at: number) => text.slice(0, text.length - at);
  const encrypted = execFileSync('openssl', ['pkey', '-aes128', '-passout', 'pass:secret'], {
    input: first.key,
  });
  //  what, the certificate, the key, what is said
  test.each([
    [
      'a key of another',
      first.cert,
      second.key,
      "TLS_KEY_FILE, tls.key, must have the key of the first certificate in TLS_CERT_FILE, tls.crt, has another's",
    ],
    [
      'no certificate',
      'hello\n',
      first.key,
      'TLS_CERT_FILE, tls.crt, must have a certificate in PEM, has none',
    ],
    [
      'a key for a certificate',
      first.key,
      first.key,
      'TLS_CERT_FILE, tls.crt, must have a certificate in PEM, has none',
    ],
    [
      'no key',
      first.cert,
      first.cert,
      'TLS_KEY_FILE, tls.key, must have one private key in PEM, has 0',
    ],
    [
      'two keys',
      first.cert,
      first.key + second.key,
      'TLS_KEY_FILE, tls.key, must have one private key in PEM, has 2',
    ],
    [
      'a key with a password',
      first.cert,
      String(encrypted),
      'TLS_KEY_FILE, tls.key, must have a key without a password, has one with: openssl pkey -in KEY -out PLAIN takes the password off',
    ],
    [
      'half a certificate',
      cut(first.cert, 100),
      first.key,
      'TLS_CERT_FILE, tls.crt, is not whole: its first block, CERTIFICATE, has no beginning or no end',
    ],
    [
      'half an authority after it',
      first.cert + cut(files.ca, 100),
      first.key,
      'TLS_CERT_FILE, tls.crt, is not whole: block 2, CERTIFICATE, has no beginning or no end',
    ],
    [
      'a block that has only begun',
      `${first.cert}-----BEGIN CERT`,
      first.key,
      'TLS_CERT_FILE, tls.crt, is not whole: block 2, block, has no beginning or no end',
    ],
    [
      'the end of a certificate',
      first.cert.slice(50),
      first.key,
      'TLS_CERT_FILE, tls.crt, is not whole: its first block, CERTIFICATE, has no beginning or no end',
    ],
    [
      'one in another',
      first.cert.replace('\n', `\n${first.cert}`),
      first.key,
      'TLS_CERT_FILE, tls.crt, is not whole: its first block, CERTIFICATE, has no beginning or no end',
    ],
    [
      'half a key',
      first.cert,
      cut(first.key, 40),
      'TLS_KEY_FILE, tls.key, is not whole: its first block, PRIVATE KEY, has no beginning or no end',
    ],
    [
      'an empty file',
      '',
      first.key,
      'TLS_CERT_FILE, tls.crt, must have a certificate in PEM, has none',
    ],
  ])('%s', async (_, cert, key, fault) => {
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
    expect(await faultOf()).toBe(fault);
  });

  test('bytes that are none of a certificate, and a key too weak for anybody', async () => {
    writeFileSync(files.certFile, first.cert.replace(/\n.{20}/, `\n${'A'.repeat(20)}`));
    expect(await faultOf()).toMatch(
      /^TLS_CERT_FILE, tls.crt, has a certificate that cannot be read, number 1: /,
    );
    const args = ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak'];
    const out = ['-keyout', files.keyFile, '-out', files.certFile];
    execFileSync('openssl', [...args, ...out], { stdio: 'pipe' });
    expect(await faultOf()).toBe(
      'TLS_CERT_FILE, tls.crt, cannot be used with its key: ee key too small',
    );
  });

  test('no file, a folder, one that is too large', async () => {
    const gone = 'cannot be read: there is no such file or folder (ENOENT)';
    expect(await faultOf({ ...settings, tlsCertFile: files.at('none') })).toBe(
      `TLS_CERT_FILE, none, ${gone}`,
    );
    expect(await faultOf({ ...settings, tlsKeyFile: files.at('none') })).toBe(
      `TLS_KEY_FILE, none, ${gone}`,
    );
    expect(await faultOf({ ...settings, tlsClientCaFile: files.at('none') })).toBe(
      `TLS_CLIENT_CA_FILE, none, ${gone}`,
    );
    mkdirSync(files.at('folder'), { recursive: true });
    expect(await faultOf({ ...settings, tlsKeyFile: files.at('folder') })).toBe(
      'TLS_KEY_FILE, folder, must be a file: a folder, a pipe or a device is none',
    );
    writeFileSync(files.certFile, 'x'.repeat(2_000_000));
    expect(await faultOf()).toBe(
      'TLS_CERT_FILE, tls.crt, must have at most 1048576 bytes, has 2000000',
    );
  });

  test('client CAs of which one is cut, or none', async () => {
    const told = (fault: string) => `TLS_CLIENT_CA_FILE, clients.crt, ${fault}`;
    writeFileSync(withCa.tlsClientCaFile, files.ca + files.ca);
    expect(await faultOf(withCa)).toBe('');
    writeFileSync(withCa.tlsClientCaFile, files.ca + cut(files.ca, 1 + 20));
    expect(await faultOf(withCa)).toBe(
      told('is not whole: block 2, CERTIFICATE, has no beginning or no end'),
    );
    writeFileSync(withCa.tlsClientCaFile, '');
    expect(await faultOf(withCa)).toBe(told('must have a certificate in PEM, has none'));
  });
});

test('cut at whatever place, a chain, its key or the client CAs never pass for whole ones', async () => {
  writeFileSync(withCa.tlsClientCaFile, files.ca + files.ca);
  const chain = first.cert + files.ca;
  const whole = [
    [files.certFile, chain, [first.cert.length, first.cert.length - 1]],
    [files.keyFile, first.key, []],
    [withCa.tlsClientCaFile, files.ca + files.ca, [files.ca.length, files.ca.length - 1]],
  ] as const;
  for (const [file, text, seams] of whole) {
    for (let length = 0; length < text.trimEnd().length; length++) {
      // Between two of them nothing shows that there was more: there it only must have settled.
      if ((seams as readonly number[]).includes(length)) continue;
      writeFileSync(file, text.slice(0, length));
      expect(await faultOf(withCa)).not.toBe('');
    }
    writeFileSync(file, text);
    expect(await faultOf(withCa)).toBe('');
  }
});

test('a look tells files apart that say something else, and no others', async () => {
  const identity = async () => (await lookAtCredentials(settings)).identity;
  const before = await identity();
  files.write(first);
  expect(await identity()).toBe(before);
  files.replace(files.keyFile, second.key);
  expect(await identity()).not.toBe(before);
  files.write(first);
  expect(await identity()).toBe(before);
});

test('the first to end of a chain says when it ends', async () => {
  const short = files.issue('/CN=localhost', '3');
  const check = async () => {
    const { found } = await lookAtCredentials(settings);
    const checked = checkCredentials(settings, found);
    return checked.ok ? checked.ends.ms : Number.NaN;
  };
  files.write({ ...short, cert: short.cert + files.ca });
  const days = ((await check()) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(2.9);
  expect(days).toBeLessThan(3.1);
  files.write({ ...first, cert: first.cert + short.cert });
  expect(((await check()) - Date.now()) / 86_400_000).toBeCloseTo(days, 1);
});
