/** Keeps one stream of events open, and opens it again when it ends. */
import { EventParser } from './stream.js';

/** @typedef {import('./stream.js').ServerEvent} ServerEvent */

/** Something comes each second: after this silence the connection is taken for dead. */
const MOST_SILENCE_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 15_000;

/**
 * @typedef {object} LiveParts
 * @property {import('./api.js').Api} api
 * @property {(event: ServerEvent) => void} heard
 * @property {(isLive: boolean) => void} changed
 */

export class Live {
  #parts;
  #stopping = new AbortController();
  #lastId = '';

  /** @param {LiveParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  stop() {
    this.#stopping.abort();
  }

  async run() {
    let waitMs = FIRST_WAIT_MS;
    while (!this.#stopping.signal.aborted) {
      const wasLive = await this.#listen();
      if (this.#stopping.signal.aborted) return;
      this.#parts.changed(false);
      waitMs = wasLive ? FIRST_WAIT_MS : Math.min(2 * waitMs, MOST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Until the stream ends. Says whether anything was heard. */
  async #listen() {
    const silence = new AbortController();
    const signal = AbortSignal.any([silence.signal, this.#stopping.signal]);
    const doubt = () => setTimeout(() => silence.abort(), MOST_SILENCE_MS);
    let timer = doubt();
    let isLive = false;
    try {
      const headers = this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId };
      const response = await this.#parts.api.open('v1/events', { headers, signal });
      if (!response.ok || response.body === null) return false;
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return isLive;
        clearTimeout(timer);
        timer = doubt();
        if (!isLive) this.#parts.changed(true);
        isLive = true;
        for (const event of parser.push(value)) this.#take(event);
      }
    } catch {
      return isLive;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {ServerEvent} event */
  #take(event) {
    if (event.id !== null) this.#lastId = event.id;
    this.#parts.heard(event);
  }
}
