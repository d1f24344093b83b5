/** The section of the policies, and the form that tries a question. */
import { byId, el, fill, input } from './dom.js';
import { factsOfObject } from './facts.js';
import { whole } from './format.js';
import { foreign } from './key-view.js';
import { table } from './table.js';

/**
 * @typedef {import('./api-types.d.ts').PoliciesReport} PoliciesReport
 * @typedef {import('./api-types.d.ts').JsonObject} JsonObject
 */

const UNITS = ['us', 'ms', 's', 'm', 'h', 'd'];

export class PoliciesSection {
  #api;
  #place = byId('policy-list', HTMLElement);
  #tried = byId('tried', HTMLElement);

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.#api = api;
    const units = UNITS.map((unit) => el('option', { value: unit, selected: unit === 's' }, unit));
    fill(byId('try-unit', HTMLSelectElement), ...units);
    const policy = input('try-policy');
    policy.oninput = () => {
      byId('try-limit', HTMLFieldSetElement).disabled = policy.value !== '';
    };
    byId('try', HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      void this.#try();
    };
  }

  async refresh() {
    /** @type {import('./api.js').Answered<PoliciesReport>} */
    const answered = await this.#api.get('v1/policies');
    if (!answered.ok) {
      fill(this.#place, el('p', { class: 'fault' }, answered.fault));
      return;
    }
    const rows = answered.answer.policies.flatMap((policy) =>
      policy.limits.map((limit) => ({ policy, limit })),
    );
    fill(
      this.#place,
      rows.length === 0
        ? el('p', { class: 'hint' }, 'There are no policies.')
        : table('Policies in force', COLUMNS, rows),
    );
  }

  async #try() {
    const policy = input('try-policy').value;
    const asked = { key: input('try-key').value, cost: Number(input('try-cost').value) };
    const limit = {
      capacity: Number(input('try-capacity').value),
      interval: Number(input('try-interval').value),
      unit: byId('try-unit', HTMLSelectElement).value,
    };
    const question = policy === '' ? { ...asked, ...limit } : { ...asked, policy };
    /** @type {import('./api.js').Answered<JsonObject>} */
    const answered = await this.#api.post('v1/try', question);
    fill(
      this.#tried,
      answered.ok ? factsOfObject(answered.answer) : el('p', { class: 'fault' }, answered.fault),
    );
  }
}

/** @type {readonly import('./table.js').Column<import('./api-types.d.ts').PolicyRow>[]} */
const COLUMNS = [
  {
    title: 'Policy',
    cell: ({ policy }) => [
      foreign(policy.name),
      el('span', { class: 'of' }, foreign(`${policy.file}:${policy.line}`)),
    ],
  },
  { title: 'Limit', cell: ({ limit }) => foreign(limit.name) },
  { title: 'Allowed', isNumber: true, cell: ({ limit }) => whole(limit.allowed) },
  { title: 'Denied', isNumber: true, cell: ({ limit }) => whole(limit.denied) },
  { title: 'Would deny', isNumber: true, cell: ({ limit }) => whole(limit.wouldDeny) },
  { title: 'Overrides', isNumber: true, cell: ({ policy }) => whole(policy.overrides) },
];
