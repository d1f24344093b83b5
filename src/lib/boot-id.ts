/** Which start of the machine this is: what its monotonic clock counts from. */
import { readFileSync } from 'node:fs';

/** The same until the machine starts anew; empty where the system does not tell. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
