/**
 * The policies in force, as one thread has them: all of one reading of the files.
 *
 * A question is decided by the policy that it found here, whatever is put in force meanwhile.
 */
import type { LivePolicy } from './live-policy.ts';

export class PolicyBook {
  #policies: ReadonlyMap<string, LivePolicy> = new Map();

  find(name: string): LivePolicy | undefined {
    return this.#policies.get(name);
  }

  get all(): Iterable<LivePolicy> {
    return this.#policies.values();
  }

  /** Puts these in force, and no others. */
  replace(policies: ReadonlyMap<string, LivePolicy>): void {
    this.#policies = policies;
  }
}
