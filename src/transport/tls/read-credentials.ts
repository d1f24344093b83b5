/**
 * Reads certificate, key and client CAs, and checks that they belong together: all of them are
 * good, or one line says what is wrong, with which setting and which file.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { identityOf, type Look } from '../../lib/files-watch.ts';
import { readTextFile, type TextReading } from '../../lib/text-file.ts';
import { type Pems, tryContext } from './credentials.ts';
import { type PemBlock, readPem } from './pem.ts';

/** As in the configuration; empty is not set. */
export interface TlsSettings {
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly tlsClientCaFile: string;
}

/** What the files said when they were looked at; clientCa is null where none is wanted. */
export interface CredentialTexts {
  readonly cert: TextReading;
  readonly key: TextReading;
  readonly clientCa: TextReading | null;
}

export type CredentialsCheck =
  | {
      readonly ok: true;
      readonly pems: Pems;
      /** From when to when all of the chain is good. */
      readonly begins: Moment;
      readonly ends: Moment;
    }
  | { readonly ok: false; readonly fault: string };

export interface Moment {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** As OpenSSL writes it. */
  readonly text: string;
}

const MOST_BYTES = 1_048_576;

/** Whether the ports speak TLS. */
export function hasTls({ tlsCertFile }: Pick<TlsSettings, 'tlsCertFile'>): boolean {
  return tlsCertFile !== '';
}

export async function lookAtCredentials(settings: TlsSettings): Promise<Look<CredentialTexts>> {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = settings;
  const found = {
    cert: await read(tlsCertFile),
    key: await read(tlsKeyFile),
    clientCa: tlsClientCaFile === '' ? null : await read(tlsClientCaFile),
  };
  const readings = [found.cert, found.key, found.clientCa].filter((one) => one !== null);
  return { found, identity: identityOf(readings.map((one) => JSON.stringify(one))) };
}

export function checkCredentials(
  settings: TlsSettings,
  { cert, key, clientCa }: CredentialTexts,
): CredentialsCheck {
  const certFile = `TLS_CERT_FILE, ${settings.tlsCertFile},`;
  const keyFile = `TLS_KEY_FILE, ${settings.tlsKeyFile},`;
  const chain = certificatesIn(certFile, cert);
  if (!chain.ok) return chain;
  const own = keyIn(keyFile, key);
  if (!own.ok) return own;
  const authorities =
    clientCa === null
      ? null
      : certificatesIn(`TLS_CLIENT_CA_FILE, ${settings.tlsClientCaFile},`, clientCa);
  if (authorities?.ok === false) return authorities;
  const [leaf] = chain.certificates;
  if (leaf?.checkPrivateKey(own.key) !== true) {
    return refused(
      `${keyFile} must have the key of the first certificate in ${certFile} has another's`,
    );
  }
  const pems: Pems = {
    cert: chain.text,
    key: own.text,
    clientCa: authorities === null ? null : authorities.text,
  };
  try {
    tryContext(pems);
  } catch (error) {
    return refused(`${certFile} cannot be used with its key: ${reasonIn(error)}`);
  }
  const { certificates } = chain;
  return {
    ok: true,
    pems,
    begins: latest(certificates.map((one) => momentOf(one.validFromDate, one.validFrom))),
    ends: earliest(certificates.map((one) => momentOf(one.validToDate, one.validTo))),
  };
}

function momentOf(date: Date, text: string): Moment {
  return { ms: date.getTime(), text };
}

function earliest(moments: readonly Moment[]): Moment {
  return moments.reduce((first, one) => (one.ms < first.ms ? one : first));
}

function latest(moments: readonly Moment[]): Moment {
  return moments.reduce((last, one) => (one.ms > last.ms ? one : last));
}

function read(path: string): Promise<TextReading> {
  return readTextFile(path, (bytes) =>
    bytes <= MOST_BYTES ? null : `must have at most ${MOST_BYTES} bytes, has ${bytes}`,
  );
}

type Chain =
  | { readonly ok: true; readonly text: string; readonly certificates: readonly X509Certificate[] }
  | { readonly ok: false; readonly fault: string };

/** All of a file, each by itself: OpenSSL takes what follows a bad one for no part of it. */
function certificatesIn(file: string, reading: TextReading): Chain {
  const found = blocksIn(file, reading, (label) => label === 'CERTIFICATE');
  if (!found.ok) return found;
  if (found.blocks.length === 0) return refused(`${file} must have a certificate in PEM, has none`);
  const certificates: X509Certificate[] = [];
  for (const [i, { text }] of found.blocks.entries()) {
    try {
      certificates.push(new X509Certificate(text));
    } catch (error) {
      return refused(
        `${file} has a certificate that cannot be read, number ${i + 1}: ${reasonIn(error)}`,
      );
    }
  }
  return { ok: true, text: textOf(found.blocks), certificates };
}

type Key =
  | { readonly ok: true; readonly text: string; readonly key: KeyObject }
  | { readonly ok: false; readonly fault: string };

function keyIn(file: string, reading: TextReading): Key {
  const found = blocksIn(file, reading, (label) => label.endsWith('PRIVATE KEY'));
  if (!found.ok) return found;
  const [block, ...more] = found.blocks;
  if (block === undefined || more.length > 0) {
    return refused(`${file} must have one private key in PEM, has ${found.blocks.length}`);
  }
  if (block.label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(block.text)) {
    const way = 'openssl pkey -in KEY -out PLAIN takes the password off';
    return refused(`${file} must have a key without a password, has one with: ${way}`);
  }
  try {
    return { ok: true, text: textOf([block]), key: createPrivateKey(block.text) };
  } catch (error) {
    const why = reasonIn(error);
    return refused(
      `${file} must have a private key of RSA, EC or Ed25519, has one that cannot be read: ${why}`,
    );
  }
}

type Found =
  | { readonly ok: true; readonly blocks: readonly PemBlock[] }
  | { readonly ok: false; readonly fault: string };

function blocksIn(file: string, reading: TextReading, isWanted: (label: string) => boolean): Found {
  if (!reading.ok) return refused(`${file} ${reading.fault}`);
  const pem = readPem(reading.text);
  if (!pem.ok) return refused(`${file} ${pem.fault}`);
  return { ok: true, blocks: pem.blocks.filter(({ label }) => isWanted(label)) };
}

function textOf(blocks: readonly PemBlock[]): string {
  return `${blocks.map(({ text }) => text).join('\n')}\n`;
}

function refused(fault: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault };
}

/** What OpenSSL said, without where in it: `error:0A00018F:SSL routines::ee key too small`. */
function reasonIn(error: unknown): string {
  const { message } = error as Error;
  return message.split(':').at(-1) ?? message;
}
