/** Another version of the service, in a folder of its own, that this one is held against. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { refuse } from '../support/options.ts';

export interface Checkout {
  readonly name: string;
  /** What is run. */
  readonly script: string;
}

/** What `--against` names, or the end of the bench. */
export function checkoutAt(folder: string): Checkout {
  const script = resolve(folder, 'src/main.ts');
  if (!existsSync(script)) {
    refuse(`--against must be a folder with a checkout of Argus, there is no ${script}`);
  }
  return { name: basename(resolve(folder)), script };
}

/** What starts that version, or, for null, this one. */
export function scriptOf(checkout: Checkout | null): { script?: string } {
  return checkout === null ? {} : { script: checkout.script };
}
