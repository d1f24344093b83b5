/** How a setting is called on the command line and in the environment. */

/** In front of any variable; with it a variable wins over the one without. */
export const PREFIX = 'ARGUS_';

/** `maxKeys` is --max-keys on the command line. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxKeys` is MAX_KEYS in the environment, or ARGUS_MAX_KEYS. */
export function variableOf(name: string): string {
  return flagOf(name).replaceAll('-', '_').toUpperCase();
}
