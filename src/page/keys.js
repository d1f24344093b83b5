/** The section that looks for keys. */
import { byId, el, fill, input } from './dom.js';
import { duration, whole } from './format.js';
import { keyButton } from './key-view.js';
import { table } from './table.js';

/**
 * @typedef {import('./api-types.d.ts').FoundKey} FoundKey
 * @typedef {import('./api-types.d.ts').KeysReport} KeysReport
 */

const PAGE = 50;
/** A page may be empty, where much was looked at in vain: so many are asked for by themselves. */
const MOST_PAGES = 40;

export class KeysSection {
  #api;
  #open;
  #place = byId('found', HTMLElement);
  /** Counts searches: what an older one finds is not shown. */
  #search = 0;

  /**
   * @param {import('./api.js').Api} api
   * @param {import('./key-view.js').OpenKey} open
   */
  constructor(api, open) {
    this.#api = api;
    this.#open = open;
    byId('search', HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      void this.#begin();
    };
  }

  async #begin() {
    await this.#goOn(++this.#search, queryOfForm(), [], null);
  }

  /**
   * @param {number} search
   * @param {Readonly<Record<string, string>>} query
   * @param {readonly FoundKey[]} before
   * @param {string | null} from a cursor
   */
  async #goOn(search, query, before, from) {
    fill(this.#place, el('p', { class: 'hint', role: 'status' }, 'Looking …'));
    const wanted = before.length + PAGE;
    let found = before;
    let cursor = from;
    for (let page = 0; page < MOST_PAGES && found.length < wanted; page++) {
      /** @type {import('./api.js').Answered<KeysReport>} */
      const answered = await this.#api.get('v1/keys', {
        ...query,
        limit: String(wanted - found.length),
        cursor: cursor ?? '',
      });
      if (search !== this.#search) return;
      if (!answered.ok) {
        fill(this.#place, el('p', { class: 'fault', role: 'alert' }, answered.fault));
        return;
      }
      found = [...found, ...answered.answer.keys];
      cursor = answered.answer.cursor;
      if (cursor === null) break;
    }
    const more = cursor === null ? null : () => this.#goOn(search, query, found, cursor);
    this.#show(found, more);
  }

  /**
   * @param {readonly FoundKey[]} found
   * @param {(() => Promise<void>) | null} more null where there are none
   */
  #show(found, more) {
    const all = more === null ? 'all' : 'the first';
    const said = found.length === 0 ? 'No keys found' : `${whole(found.length)} found, ${all}`;
    fill(
      this.#place,
      el(
        'p',
        { class: 'hint', role: 'status' },
        more !== null && found.length === 0 ? `${said} yet` : said,
      ),
      found.length > 0 && table('Keys found', this.#columns(), found),
      more !== null &&
        el('button', { type: 'button', onclick: () => void more() }, 'Look for more'),
    );
  }

  /**
   * What is not known is left empty.
   *
   * @returns {readonly import('./table.js').Column<FoundKey>[]}
   */
  #columns() {
    return [
      { title: 'Key', cell: (key) => keyButton(key, this.#open) },
      {
        title: 'Now',
        cell: ({ state }) => state !== null && el('span', { class: `badge ${state}` }, state),
      },
      {
        title: 'Left',
        isNumber: true,
        cell: ({ remaining, capacity }) => [
          remaining !== null && whole(remaining),
          capacity !== null && el('span', { class: 'of' }, `of ${whole(capacity)}`),
        ],
      },
      {
        title: 'Full in',
        isNumber: true,
        cell: ({ fullInSeconds: seconds }) => seconds !== null && duration(seconds),
      },
    ];
  }
}

/** @returns {Readonly<Record<string, string>>} */
function queryOfForm() {
  return {
    prefix: input('search-prefix').value,
    namespace: byId('search-namespace', HTMLSelectElement).value,
    policy: input('search-policy').value,
    state: input('search-denied').checked ? 'denied' : '',
  };
}
