/** Tables of rows that come anew. */
import { el } from './dom.js';

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} title
 * @property {boolean} [isNumber]
 * @property {(row: Row) => import('./dom.js').Child | readonly import('./dom.js').Child[]} cell
 */

/**
 * @template Row
 * @param {string} caption
 * @param {readonly Column<Row>[]} columns
 * @param {readonly Row[]} rows
 */
export function table(caption, columns, rows) {
  const head = columns.map(({ title, isNumber }) =>
    el('th', { scope: 'col', class: isNumber ? 'number' : '' }, title),
  );
  const lines = rows.map((row) =>
    el(
      'tr',
      {},
      ...columns.map(({ cell, isNumber }) =>
        el('td', { class: isNumber ? 'number' : '' }, ...[cell(row)].flat()),
      ),
    ),
  );
  const body = el('tbody', {}, ...lines);
  const all = el(
    'table',
    {},
    el('caption', {}, caption),
    el('thead', {}, el('tr', {}, ...head)),
    body,
  );
  // It may be wider than a phone: then it is scrolled, by keys too.
  return el('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': caption }, all);
}
