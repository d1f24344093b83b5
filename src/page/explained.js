/** The dialog that explains a key, and steers it. What changes it is asked twice. */
import { byId, el, fill } from './dom.js';
import { facts, factsOfObject } from './facts.js';
import { duration, short, whole } from './format.js';
import { factsOf, foreign } from './key-view.js';

/**
 * @typedef {import('./api-types.d.ts').KeyReport} KeyReport
 * @typedef {import('./api-types.d.ts').JsonObject} JsonObject
 * @typedef {import('./api-types.d.ts').Explanation} Explanation
 *
 * @typedef {object} Act
 * @property {string} path
 * @property {string} verb
 * @property {string} [amount] what is to be given, and as which member of the question
 * @property {string} [member]
 */

/** @type {readonly Act[]} */
const ACTS = [
  { path: 'reset', verb: 'Reset' },
  { path: 'refund', verb: 'Refund', amount: 'Tokens', member: 'tokens' },
  { path: 'used', verb: 'Set used', amount: 'Used', member: 'used' },
];

export class Explained {
  #api;
  #dialog = byId('explained', HTMLDialogElement);
  /** Counts what is opened: an answer to what came before is not shown. */
  #opened = 0;

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** @param {KeyReport} key */
  async open(key) {
    const opened = ++this.#opened;
    fill(this.#dialog, ...this.#head(key), el('p', { class: 'hint' }, 'Looking …'));
    if (!this.#dialog.open) this.#dialog.showModal();
    /** @type {import('./api.js').Answered<Explanation>} */
    const answered = await this.#api.get(pathOf(key));
    if (opened !== this.#opened) return;
    if (answered.ok) this.#show(key, answered.answer, '');
    else this.#show(key, null, answered.fault);
  }

  /**
   * @param {KeyReport} key
   * @param {Explanation | null} explanation null where there is none
   * @param {string} fault empty where there is none
   */
  #show(key, explanation, fault) {
    fill(
      this.#dialog,
      ...this.#head(key),
      fault !== '' && el('p', { class: 'fault', role: 'alert' }, fault),
      facts(factsOf(key)),
      explanation !== null && bucketFacts(explanation),
      explanation !== null && factsOfObject(restOf(explanation)),
      ...(explanation === null ? [] : this.#acts(key, explanation)),
      el('button', { type: 'button', onclick: () => void this.open(key) }, 'Look again'),
    );
  }

  /** @param {KeyReport} key */
  #head(key) {
    const title = el(
      'h2',
      { id: 'explained-title' },
      foreign(key.key),
      key.cut !== undefined && '…',
    );
    const close = () => this.#dialog.close();
    const button = el('button', { type: 'button', onclick: close }, 'Close');
    return [el('div', { class: 'head' }, title, button)];
  }

  /**
   * @param {KeyReport} key
   * @param {Explanation} explanation
   */
  #acts(key, explanation) {
    return ACTS.map((act) => {
      const place = el('form', { class: 'row' });
      const ask = () => fill(place, ...this.#asking(key, explanation, act, place, ask));
      ask();
      return place;
    });
  }

  /**
   * The first asking: what, and how much.
   *
   * @param {KeyReport} key
   * @param {Explanation} explanation
   * @param {Act} act
   * @param {HTMLFormElement} place
   * @param {() => void} again
   */
  #asking(key, explanation, act, place, again) {
    const amount = el('input', { type: 'number', min: 0, step: 1, required: true });
    amount.id = `amount-${act.path}`;
    place.onsubmit = (event) => {
      event.preventDefault();
      const number = act.member === undefined ? null : Number(amount.value);
      this.#askAgain({ key, explanation, act, number }, place, again);
    };
    const label = el('label', { for: amount.id }, act.amount ?? '');
    return [
      act.member !== undefined && el('div', {}, label, amount),
      el('button', { type: 'submit' }, act.verb),
    ];
  }

  /**
   * The second.
   *
   * @param {{ key: KeyReport, explanation: Explanation, act: Act, number: number | null }} asked
   * @param {HTMLFormElement} place
   * @param {() => void} again
   */
  #askAgain({ key, explanation, act, number }, place, again) {
    const amount = number === null ? '' : ` to ${whole(number)}`;
    const what = act.path === 'refund' ? `Refund ${whole(number ?? 0)}` : `${act.verb}${amount}`;
    const yes = el('button', { type: 'submit', class: 'danger' }, `Yes, ${what.toLowerCase()}`);
    place.onsubmit = async (event) => {
      event.preventDefault();
      yes.disabled = true;
      const body = act.member === undefined ? {} : { [act.member]: number };
      /** @type {import('./api.js').Answered<Explanation>} */
      const answered = await this.#api.post(`${pathOf(key)}/${act.path}`, body);
      if (answered.ok) this.#show(key, answered.answer, '');
      else this.#show(key, explanation, answered.fault);
    };
    const no = () => {
      again();
      place.querySelector('button')?.focus();
    };
    fill(
      place,
      el('p', { role: 'alert' }, `${what}: really?`),
      yes,
      el('button', { type: 'button', onclick: no }, 'No'),
    );
    yes.focus();
  }
}

/** @param {KeyReport} key */
function pathOf(key) {
  return `v1/buckets/${encodeURIComponent(key.id)}`;
}

/** @param {Explanation} explanation */
function bucketFacts({ bucket }) {
  if (bucket === null) return el('p', {}, 'It has no bucket: it is full, or was never asked for.');
  const { used, remaining, capacity, fullInSeconds, retryAfterSeconds } = bucket;
  const all = capacity === null ? '' : ` of ${whole(capacity)}`;
  return facts([
    ['Left', remaining === null ? 'not known' : `${whole(remaining)}${all}`],
    ['Used', short(used)],
    ['A cost of 1 passes', whenOf(retryAfterSeconds)],
    ['Full', whenOf(fullInSeconds)],
  ]);
}

/** @param {number | null} seconds */
function whenOf(seconds) {
  if (seconds === null) return 'not known, or never';
  return seconds === 0 ? 'now' : `in ${duration(seconds)}`;
}

/**
 * What is not shown in a way of its own.
 *
 * @param {Explanation} explanation
 * @returns {JsonObject}
 */
function restOf(explanation) {
  const shown = ['bucket', 'id', 'namespace', 'key', 'policy', 'limit', 'domain', 'descriptor'];
  const rest = Object.entries(explanation).filter(
    ([name]) => ![...shown, 'unit', 'cut'].includes(name),
  );
  return Object.fromEntries(rest);
}
