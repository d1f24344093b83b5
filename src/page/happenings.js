/** The section of what has happened, the last first. */
import { byId, el } from './dom.js';
import { clock } from './format.js';
import { foreign } from './key-view.js';

const MOST = 200;

/** @param {import('./api-types.d.ts').Happening} happening */
export function showHappening({ time, kind, what }) {
  const list = byId('happenings', HTMLElement);
  const when = el('time', { datetime: time }, clock(time));
  list.prepend(el('li', { 'data-kind': kind }, when, foreign(what)));
  while (list.childElementCount > MOST) list.lastElementChild?.remove();
}
