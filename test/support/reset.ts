/** Resets keys over HTTP, and takes tokens to see what a reset did. */
import { ask, fiveADay, get, type Headers, LIMIT_PATH, members } from './ask.ts';
import type { Answer } from './raw-http.ts';

interface Listening {
  readonly port: number;
}

/** An admin token of every kind of character there may be. */
export const TOKEN = 'Zq7-secret/+=:"%&{token}~';
export const RIGHT: Headers = { Authorization: `Bearer ${TOKEN}` };

/** DELETEs with this query, by default with the right token. */
export function reset(service: Listening, query: string, headers = RIGHT): Promise<Answer> {
  return get(service, LIMIT_PATH + query, { method: 'DELETE', headers });
}

/** Takes one token of the five a day that a key has, and says how many are left. */
export async function takeOfFive(service: Listening, key: string): Promise<unknown> {
  const answer = await ask(service, fiveADay(key));
  return members(answer)['remaining'];
}
