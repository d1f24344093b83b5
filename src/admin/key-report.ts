/** A key as operators read it: whose it is, taken apart where the service has put it together. */
import { bucketParts } from '../envoy/bucket-parts.ts';
import { textOf } from '../envoy/request.ts';
import { unitOf } from '../envoy/unit.ts';
import type { Namespace } from '../lib/namespace.ts';
import { type KeyText, keyText } from '../memory/key-text.ts';
import { keyId } from './key-id.ts';

export interface KeyReport {
  /** Names the bucket in a request, whatever of the key is told. */
  readonly id: string;
  /** `plain`: it came with a limit of its own. */
  readonly namespace: Namespace;
  /** As it was asked for; of Envoy's the name of the bucket. */
  readonly key: string;
  /** Of a policy's. */
  readonly policy?: string;
  readonly limit?: string;
  /** Of Envoy's. */
  readonly domain?: string;
  readonly descriptor?: readonly EntryReport[];
  /** Of a limit that Envoy has sent along. */
  readonly unit?: string;
  /** Only where `key` is but a beginning. */
  readonly cut?: CutReport;
}

export interface EntryReport {
  readonly key: string;
  readonly value: string;
  /** Where `value` is the pattern whose values have one bucket. */
  readonly isPattern?: true;
}

export interface CutReport {
  /** Bytes and digest of the whole name: of a policy's limit, NUL, policy, NUL, key. */
  readonly bytes: number;
  readonly sha256: string;
}

/** REQUIRES: `words` and `length` are those of a Key. */
export function keyReport(words: Int32Array, length: number): KeyReport {
  const whole = keyText(words, length);
  return { id: keyId({ words, length }), ...named(whole), ...cutOf(whole) };
}

type Named = Omit<KeyReport, 'id' | 'cut'>;

function named({ namespace, text }: KeyText): Named {
  switch (namespace) {
    case 'plain':
      return { namespace, key: text };
    case 'policy':
      return ofPolicy(text);
    case 'envoy':
      return ofEnvoy(text);
    default:
      return namespace satisfies never;
  }
}

/** The names of limit and policy may be longer than what is kept of a long key. */
function ofPolicy(text: string): Named {
  const [limit, policy, ...key] = text.split('\0');
  if (limit === undefined || policy === undefined || key.length === 0) {
    return { namespace: 'policy', key: text.replaceAll('\0', ' ') };
  }
  return { namespace: 'policy', key: key.join('\0'), policy, limit };
}

function ofEnvoy(text: string): Named {
  const key = textOf(text) ?? text;
  const parts = bucketParts(text);
  if (parts === null) return { namespace: 'envoy', key };
  const descriptor = parts.entries.map(({ key: name, value, isShared }) => {
    const entry = { key: textOf(name) ?? name, value: textOf(value) ?? value };
    return isShared ? { ...entry, isPattern: true as const } : entry;
  });
  const report = { namespace: 'envoy', key, domain: textOf(parts.domain) ?? parts.domain } as const;
  const unit = unitOf(parts.unit)?.name;
  return { ...report, descriptor, ...(unit === undefined ? {} : { unit }) };
}

function cutOf({ bytes, sha256 }: KeyText): { readonly cut?: CutReport } {
  return sha256 === null ? {} : { cut: { bytes, sha256 } };
}
