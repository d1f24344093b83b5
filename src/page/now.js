/** The section of the charts: one for each thing that an operator looks at first. */
import { Chart } from './chart.js';
import { byId, fill } from './dom.js';
import { duration, percent, short, whole } from './format.js';

/**
 * @typedef {import('./api-types.d.ts').Now} Now
 * @typedef {import('./chart.js').ChartPlan & {
 *   readonly values: (now: Now) => readonly (number | null)[],
 *   readonly isShown?: (now: Now) => boolean,
 * }} NowPlan
 */

const TRANSPORTS = ['http', 'resp', 'grpc'];

/** @param {Now} now */
function outcomes(now) {
  const all = Object.values(now.decisionsPerSecond);
  const allowed = all.reduce((sum, one) => sum + one.allowed, 0);
  const denied = all.reduce((sum, one) => sum + one.denied, 0);
  return { allowed, denied };
}

/** @param {Now} now */
function deniedRatio(now) {
  const { allowed, denied } = outcomes(now);
  return allowed + denied === 0 ? 0 : denied / (allowed + denied);
}

/** @param {Now} now */
function isShared(now) {
  return now.store.isShared;
}

/** @param {number} usable */
function storeState(usable) {
  return usable === 1 ? 'there' : usable === 0 ? 'away' : `${percent(usable)} there`;
}

/** @type {readonly NowPlan[]} */
const PLANS = [
  {
    title: 'Decisions a second, by outcome',
    lines: ['allowed', 'denied'],
    format: short,
    values: (now) => [outcomes(now).allowed, outcomes(now).denied],
  },
  {
    title: 'Decisions a second, by protocol',
    lines: ['HTTP', 'Redis', 'gRPC'],
    format: short,
    values: (now) =>
      TRANSPORTS.map((name) => {
        const one = now.decisionsPerSecond[name];
        return one === undefined ? null : one.allowed + one.denied;
      }),
  },
  {
    title: 'Share denied',
    lines: ['denied'],
    format: percent,
    most: 1,
    values: (now) => [deniedRatio(now)],
  },
  {
    title: 'Time to answer, at most',
    lines: ['half', '99 of 100'],
    format: duration,
    least: 0.001,
    values: ({ answerSeconds: at }) => [at?.p50AtMost ?? null, at?.p99AtMost ?? null],
  },
  { title: 'Keys', lines: ['kept'], format: short, values: (now) => [now.keys] },
  {
    title: 'Table filled',
    lines: ['of all slots'],
    format: percent,
    most: 1,
    values: (now) => [now.keys / now.maxKeys],
  },
  {
    title: 'Swaps a second',
    lines: ['swaps'],
    format: short,
    values: (now) => [now.swapsPerSecond],
  },
  {
    title: 'Store',
    lines: ['is'],
    format: storeState,
    tick: (usable) => (usable === 0 || usable === 1 ? storeState(usable) : ''),
    most: 1,
    isShown: isShared,
    values: ({ store }) => [
      store.isShared ? (store.store.isAway ? 0 : store.store.usableRatio) : null,
    ],
  },
  {
    title: 'Instances',
    lines: ['counted'],
    format: whole,
    isShown: isShared,
    values: ({ store }) => [store.isShared ? store.instances : null],
  },
];

export class NowSection {
  #charts = PLANS.map((plan) => ({ plan, chart: new Chart(plan) }));

  constructor() {
    fill(byId('charts', HTMLElement), ...this.#charts.map(({ chart }) => chart.element));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const { chart } of this.#charts) chart.forgetColors();
      this.#draw();
    });
    document.addEventListener('visibilitychange', () => this.#draw());
    addEventListener('resize', () => this.#draw());
  }

  /** @param {Now} now */
  show(now) {
    const atS = Date.parse(now.time) / 1_000;
    for (const { plan, chart } of this.#charts) {
      chart.element.hidden = plan.isShown?.(now) === false;
      chart.add(atS, plan.values(now));
    }
    this.#draw();
  }

  /** In a tab that nobody sees, nothing is drawn. */
  #draw() {
    if (document.visibilityState === 'hidden') return;
    for (const { chart } of this.#charts) chart.draw();
  }
}
