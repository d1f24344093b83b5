/** What the environment says of settings: ARGUS_PORT before PORT, and neither where it is blank. */
import { nearest } from '../lib/nearest.ts';
import { PREFIX, variableOf } from './names.ts';
import { serviceLinks } from './service-links.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where clients find a service: the examples read it, and a service may share their environment.
 */
const OF_CLIENTS: readonly string[] = [`${PREFIX}URL`];

/** A variable by the name it was found under. */
export interface Variable {
  readonly source: string;
  readonly text: string;
}

/**
 * The variable of each of these settings that has one, by the setting's name; or a line about one
 * that begins with ARGUS_ and is none.
 */
export function readEnvironment(
  env: Environment,
  names: readonly string[],
): ReadonlyMap<string, Variable> | string {
  const links = serviceLinks(env);
  const isSet = (name: string) => !links.has(name) && (env[name] ?? '').trim() !== '';
  const known = names.map((name) => PREFIX + variableOf(name)) as [string, ...string[]];
  const expected = [...known, ...OF_CLIENTS];
  const stray = Object.keys(env).find(
    (name) => name.startsWith(PREFIX) && !expected.includes(name) && isSet(name),
  );
  if (stray !== undefined) {
    return `${stray} is not a setting; the nearest is ${nearest(stray, known)}: see --help`;
  }
  const found = new Map<string, Variable>();
  for (const name of names) {
    const bare = variableOf(name);
    const source = [PREFIX + bare, bare].find(isSet);
    if (source !== undefined) found.set(name, { source, text: env[source] as string });
  }
  return found;
}
