/** A small live chart: a line or some, of the last minutes. What it shows also stands beside it. */
import { el, fill } from './dom.js';
import uPlot from './uplot.js';

/** A point a second: five minutes. */
const POINTS = 300;
const HEIGHT = 90;
const LINES = /** @type {const} */ (['first', 'second', 'third']);
const COLORS = ['--allowed', '--denied', '--third'];
const DASHES = [[], [6, 4], [2, 3]];

/**
 * @typedef {object} ChartPlan
 * @property {string} title
 * @property {readonly string[]} lines what each is called; at most three
 * @property {(value: number) => string} format
 * @property {number} [most] the top of the scale, where that is known
 * @property {number} [least] the least that the top of the scale is, where that is not 1
 * @property {(value: number) => string} [tick] what stands at the scale, where it is not `format`
 */

export class Chart {
  element;
  #plan;
  #plot = el('div', { class: 'plot', 'aria-hidden': true });
  #values = el('dl', { class: 'values' });
  /** Seconds since 1970, and a row of values for each line. @type {(number | null)[][]} */
  #data;
  /** @type {uPlot | null} */
  #drawn = null;

  /** @param {ChartPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    this.#data = [[], ...plan.lines.map(() => [])];
    const caption = el('figcaption', {}, plan.title);
    this.element = el('figure', { class: 'card' }, caption, this.#values, this.#plot);
  }

  /**
   * @param {number} atS seconds since 1970
   * @param {readonly (number | null)[]} values one a line; null where there is none
   */
  add(atS, values) {
    for (const [i, row] of this.#data.entries()) {
      row.push(i === 0 ? atS : (values[i - 1] ?? null));
      if (row.length > POINTS) row.shift();
    }
    const { lines, format } = this.#plan;
    fill(
      this.#values,
      ...lines.map((name, i) => {
        const value = values[i] ?? null;
        const line = el('span', { class: `line ${LINES[i]}`, 'aria-hidden': true });
        return el(
          'div',
          {},
          el('dt', {}, lines.length > 1 && line, name),
          el('dd', {}, value === null ? '–' : format(value)),
        );
      }),
    );
  }

  /** Draws what has been added: to be called while somebody can see it. */
  draw() {
    const width = this.#plot.clientWidth;
    if (width === 0) return;
    const data = /** @type {uPlot.AlignedData} */ (this.#data);
    if (this.#drawn === null) {
      this.#drawn = new uPlot(optionsOf(this.#plan, width), data, this.#plot);
    } else {
      if (this.#drawn.width !== width) this.#drawn.setSize({ width, height: HEIGHT });
      this.#drawn.setData(data);
    }
  }

  /** Has the next draw() take the colours anew. */
  forgetColors() {
    this.#drawn?.destroy();
    this.#drawn = null;
  }
}

/**
 * @param {ChartPlan} plan
 * @param {number} width
 * @returns {uPlot.Options}
 */
function optionsOf(plan, width) {
  const style = getComputedStyle(document.documentElement);
  /** A colour as a canvas takes it: light-dark() is no such. @param {string} name */
  const color = (name) => resolved(style.getPropertyValue(name));
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      y: {
        range: (_plot, _least, most) => [0, plan.most ?? Math.max(most * 1.1, plan.least ?? 1)],
      },
    },
    axes: [
      { ...axis, size: 18, space: 70, grid: { show: false }, values: '{HH}:{mm}' },
      {
        ...axis,
        size: 52,
        space: 26,
        values: (_plot, ticks) => ticks.map(plan.tick ?? plan.format),
      },
    ],
    series: [
      {},
      ...plan.lines.map((label, i) => ({
        label,
        stroke: color(COLORS[i] ?? ''),
        dash: DASHES[i] ?? [],
        width: 2,
        points: { show: false },
      })),
    ],
  };
}

/** @param {string} color any that CSS knows */
function resolved(color) {
  const probe = el('span', { hidden: true });
  probe.style.color = color;
  document.body.append(probe);
  const rgb = getComputedStyle(probe).color;
  probe.remove();
  return rgb;
}
