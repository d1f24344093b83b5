/**
 * Loads one after the other, none of which begins before the server is done with the one before.
 *
 * A load that ends by the clock leaves requests without their answers: up to one a connection, and
 * a request may be a hundred questions. A server that is slow for a moment reads them when the load
 * is long gone. They must neither be counted nor paid for in the run that follows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionsOf } from './proc.ts';

const LOOK_EVERY_MS = 5;
/** A server that has not seen by then that its clients are gone has hung. */
const DONE_WITHIN_MS = 60_000;

/** What `load` comes to, once the server has read all that it was sent, and closed what it left. */
export async function alone<T>(pid: number | undefined, load: () => Promise<T>): Promise<T> {
  const before = connectionsOf(pid ?? 0);
  const result = await load();
  const deadline = performance.now() + DONE_WITHIN_MS;
  for (;;) {
    const left = connectionsOf(pid ?? 0) - before;
    if (left <= 0) return result;
    if (performance.now() > deadline) {
      throw new Error(`${left} connections are still open at ${pid}, though their load has ended`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
