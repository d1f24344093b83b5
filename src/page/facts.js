/** What an answer says, whatever that is, as names and values. */
import { el } from './dom.js';
import { whole } from './format.js';
import { foreign } from './key-view.js';

/**
 * @typedef {import('./api-types.d.ts').Json} Json
 * @typedef {import('./dom.js').Child} Child
 */

/** @param {readonly (readonly [string, Child])[]} pairs */
export function facts(pairs) {
  return el(
    'dl',
    { class: 'facts' },
    ...pairs.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  );
}

/**
 * Members of an object, but for those that are null.
 *
 * @param {import('./api-types.d.ts').JsonObject} object
 */
export function factsOfObject(object) {
  const there = Object.entries(object).filter(([, value]) => value !== null);
  return facts(there.map(([name, value]) => [words(name), shownValue(value)]));
}

/**
 * @param {Json} value
 * @returns {Child}
 */
function shownValue(value) {
  if (typeof value === 'string') return foreign(value);
  if (typeof value === 'number') return Number.isInteger(value) ? whole(value) : String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return 'none';
  if (isList(value)) return el('div', {}, ...value.map((one) => el('div', {}, shownValue(one))));
  return factsOfObject(value);
}

/**
 * @param {Json} value
 * @returns {value is readonly Json[]}
 */
function isList(value) {
  return Array.isArray(value);
}

/**
 * `retryAfterSeconds` is Retry after seconds.
 *
 * @param {string} name
 */
export function words(name) {
  const spaced = name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
