/** Asks the admin port. What it answers is a value, also where it refuses. */

/**
 * @typedef {import('./api-types.d.ts').JsonObject} JsonObject
 * @typedef {{ readonly ok: false, readonly status: number, readonly fault: string }} Refusal
 *   `status` is 0 where there was no answer.
 */

/**
 * @template Answer
 * @typedef {{ readonly ok: true, readonly answer: Answer } | Refusal} Answered
 */

const MOST_WAIT_MS = 15_000;

export class Api {
  #token;
  #refused;

  /**
   * @param {string} token
   * @param {(fault: string) => void} refused called when the token is not, or no longer, right
   */
  constructor(token, refused) {
    this.#token = token;
    this.#refused = refused;
  }

  /**
   * @template Answer
   * @param {string} path relative to this page's
   * @param {Readonly<Record<string, string>>} [query] what is empty is left out
   * @returns {Promise<Answered<Answer>>}
   */
  get(path, query = {}) {
    return this.#ask(withQuery(path, query), {});
  }

  /**
   * @template Answer
   * @param {string} path
   * @param {object} body
   * @param {Readonly<Record<string, string>>} [query]
   * @returns {Promise<Answered<Answer>>}
   */
  post(path, body, query = {}) {
    return this.#ask(withQuery(path, query), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    });
  }

  /**
   * The answer itself, of which only the head has arrived. Rejects where there is none.
   *
   * @param {string} path
   * @param {RequestInit} request
   */
  async open(path, request) {
    const headers = { ...request.headers, Authorization: `Bearer ${this.#token}` };
    const response = await fetch(path, {
      ...request,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    if (response.status === 401) this.#refused(await faultOf(response));
    return response;
  }

  /**
   * @template Answer
   * @param {string} path
   * @param {RequestInit} request
   * @returns {Promise<Answered<Answer>>}
   */
  async #ask(path, request) {
    try {
      const response = await this.open(path, {
        ...request,
        signal: AbortSignal.timeout(MOST_WAIT_MS),
      });
      if (response.ok) return { ok: true, answer: await response.json() };
      return { ok: false, status: response.status, fault: await faultOf(response) };
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      const fault = isLate ? 'Argus did not answer in time.' : 'Argus cannot be reached.';
      return { ok: false, status: 0, fault };
    }
  }
}

/**
 * @param {string} path
 * @param {Readonly<Record<string, string>>} query
 */
function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/**
 * What problem details say.
 *
 * @param {Response} response
 */
async function faultOf(response) {
  try {
    /** @type {{ detail?: unknown }} */
    const problem = await response.clone().json();
    if (typeof problem.detail === 'string') return problem.detail;
  } catch {
    // Of something between us and Argus, perhaps.
  }
  return `The answer was ${response.status}.`;
}
