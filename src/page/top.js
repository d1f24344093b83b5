/** The section of the keys that are allowed or denied most. */
import { byId, el, fill } from './dom.js';
import { short } from './format.js';
import { keyButton } from './key-view.js';
import { table } from './table.js';

/**
 * @typedef {import('./api-types.d.ts').TopReport} TopReport
 * @typedef {import('./table.js').Column<TopReport['keys'][number]>} Column
 */

const MOST = 10;
const KINDS = /** @type {const} */ (['denied', 'allowed']);

export class TopSection {
  #api;
  #open;

  /**
   * @param {import('./api.js').Api} api
   * @param {import('./key-view.js').OpenKey} open
   */
  constructor(api, open) {
    this.#api = api;
    this.#open = open;
  }

  async refresh() {
    await Promise.all(KINDS.map((by) => this.#refresh(by)));
  }

  /** @param {'denied' | 'allowed'} by */
  async #refresh(by) {
    const place = byId(`top-${by}`, HTMLElement);
    /** @type {import('./api.js').Answered<TopReport>} */
    const answered = await this.#api.get('v1/top', { by, n: String(MOST) });
    if (!answered.ok) {
      fill(place, el('p', { class: 'fault' }, answered.fault));
      return;
    }
    const { keys } = answered.answer;
    const title = by === 'denied' ? 'Denied most' : 'Allowed most';
    const shown =
      keys.length === 0
        ? el('p', { class: 'hint' }, `${title}: none of late.`)
        : table(title, this.#columns(), keys);
    keepFocus(place, () => fill(place, shown));
  }

  /** @returns {readonly Column[]} */
  #columns() {
    return [
      { title: 'Key', cell: (key) => keyButton(key, this.#open) },
      { title: 'a second', isNumber: true, cell: ({ perSecond }) => short(perSecond) },
      {
        title: 'of late',
        isNumber: true,
        cell: ({ count, error }) => [
          short(count),
          error > 0 && el('span', { class: 'of' }, `at least ${short(count - error)}`),
        ],
      },
    ];
  }
}

/**
 * Whoever has stepped to a key by the keyboard stays there, if it still is.
 *
 * @param {HTMLElement} place
 * @param {() => void} change
 */
function keepFocus(place, change) {
  const { activeElement } = document;
  const id = place.contains(activeElement) ? activeElement?.getAttribute('data-id') : null;
  change();
  if (id === null || id === undefined) return;
  for (const button of place.querySelectorAll('button')) {
    if (button.getAttribute('data-id') === id) button.focus({ preventScroll: true });
  }
}
