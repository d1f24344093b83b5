/** A key of strangers, as text that cannot be taken for anything else. */
import { el } from './dom.js';
import { partsOf, whole } from './format.js';

/**
 * @typedef {import('./api-types.d.ts').KeyReport} KeyReport
 * @typedef {(key: KeyReport) => void} OpenKey
 */

/**
 * Text of strangers. It has its own direction of writing, and what cannot be seen is named.
 *
 * @param {string} text
 */
export function foreign(text) {
  const parts = partsOf(text).map((part, i) =>
    i % 2 === 0 ? part : el('span', { class: 'unseen' }, part),
  );
  return el('bdi', { class: 'key' }, ...parts);
}

/**
 * A button that opens a key, and whose it is.
 *
 * @param {KeyReport} key
 * @param {OpenKey} open
 */
export function keyButton(key, open) {
  const name = key.key === '' ? '(empty)' : key.key;
  const button = el(
    'button',
    { type: 'button', class: 'key', 'data-id': key.id, onclick: () => open(key) },
    foreign(name),
    key.cut !== undefined && '…',
  );
  return [button, ownerOf(key)];
}

/**
 * Policy and limit, or domain and descriptor; null for a key with a limit of its own.
 *
 * @param {KeyReport} key
 */
export function ownerOf(key) {
  if (key.policy !== undefined) {
    return el('span', { class: 'of' }, foreign(key.policy), ' · ', foreign(key.limit ?? ''));
  }
  if (key.domain !== undefined) return el('span', { class: 'of' }, foreign(key.domain));
  return null;
}

/**
 * What else there is to say of whose it is, as names and values.
 *
 * @param {KeyReport} key
 * @returns {readonly (readonly [string, import('./dom.js').Child])[]}
 */
export function factsOf(key) {
  /** @type {(readonly [string, import('./dom.js').Child])[]} */
  const facts = [['Kind', KINDS[key.namespace]]];
  if (key.policy !== undefined) facts.push(['Policy', foreign(key.policy)]);
  if (key.limit !== undefined) facts.push(['Limit', foreign(key.limit)]);
  if (key.domain !== undefined) facts.push(['Domain', foreign(key.domain)]);
  for (const entry of key.descriptor ?? []) {
    const value = entry.isPattern ? `${entry.value} (all values that match)` : entry.value;
    facts.push([entry.key, foreign(value)]);
  }
  if (key.unit !== undefined) facts.push(['Unit', key.unit]);
  if (key.cut !== undefined) {
    facts.push(['Whole name', `${whole(key.cut.bytes)} bytes, SHA-256 ${key.cut.sha256}`]);
  }
  return facts;
}

const KINDS = {
  plain: 'came with a limit of its own',
  policy: 'of a policy',
  envoy: 'of Envoy',
};
