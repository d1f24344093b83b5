/**
 * The rules of Envoy in force, as one thread has them: all of one reading of the files.
 *
 * A request is decided by the domain that it found here, whatever is put in force meanwhile.
 */
import type { LiveDomain } from './live-domain.ts';

export class EnvoyBook {
  /** By the bytes of their names. */
  #domains: ReadonlyMap<string, LiveDomain> = new Map();

  find(bytes: string): LiveDomain | undefined {
    return this.#domains.get(bytes);
  }

  get all(): Iterable<LiveDomain> {
    return this.#domains.values();
  }

  /** Puts these in force, and no others. */
  replace(domains: ReadonlyMap<string, LiveDomain>): void {
    this.#domains = domains;
  }
}
