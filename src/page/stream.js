/**
 * Server-sent events, read by fetch: EventSource cannot show a token. The format is that of the
 * HTML standard, as far as Argus writes it.
 */

/**
 * @typedef {object} ServerEvent
 * @property {string} name
 * @property {string} data
 * @property {string | null} id
 */

export class EventParser {
  #rest = '';
  /** @type {string[]} */
  #data = [];
  #name = '';
  /** @type {string | null} */
  #id = null;

  /**
   * The events that are whole with this.
   *
   * @param {string} text what arrived next, cut anywhere
   * @returns {readonly ServerEvent[]}
   */
  push(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    /** @type {ServerEvent[]} */
    const events = [];
    for (const line of lines) {
      if (line !== '') this.#line(line);
      else if (this.#data.length > 0) events.push(this.#event());
    }
    return events;
  }

  /** @param {string} line */
  #line(line) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#name = value;
    else if (field === 'id') this.#id = value;
  }

  /** @returns {ServerEvent} */
  #event() {
    const event = { name: this.#name, data: this.#data.join('\n'), id: this.#id };
    this.#data = [];
    this.#name = '';
    this.#id = null;
    return event;
  }
}
