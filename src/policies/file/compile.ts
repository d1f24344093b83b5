/**
 * Makes policies of what a file says, and finds what no schema can: limits and overrides in vain.
 */
import { limitOf } from '../../bucket/limit.ts';
import { shown } from '../../lib/shown.ts';
import { type ForwardRule, readSource } from '../forward-rule.ts';
import { covers, readGlob } from '../glob.ts';
import type { Exception, Policy, PolicyLimit } from '../policy.ts';
import type {
  ForwardDefinition,
  LimitDefinition,
  OverrideDefinition,
  PolicyDefinition,
} from './definitions.ts';
import type { Path } from './yaml-text.ts';

/** Told of each fault, with the path to it within the policy. */
export type FaultAt = (path: Path, words: string) => void;

/** Null where there are faults, of which `faultAt` is told. */
export function compilePolicy(
  name: string,
  definition: PolicyDefinition,
  faultAt: FaultAt,
): Policy | null {
  let isSound = true;
  const told: FaultAt = (path, words) => {
    isSound = false;
    faultAt(path, words);
  };
  const limits = definition.limits.map((limit, i) => compileLimit(limit, ['limits', i], told));
  const overrides = definition.overrides.map(({ keys, ...override }, i) => ({
    keys,
    value: compileException(override, limits, ['overrides', i], told),
  }));
  findShadowed(definition.overrides, told);
  if (!isSound) return null;
  return {
    name,
    description: definition.description,
    limits,
    overrides,
    dryRun: definition.dryRun,
    forward: definition.forward === undefined ? null : compileForward(definition.forward),
  };
}

function compileLimit(limit: LimitDefinition, path: Path, faultAt: FaultAt): PolicyLimit {
  const { name, capacity, cost = null, interval, calendar, timezone = 'UTC', window } = limit;
  const shared = { name, capacity, cost };
  if (calendar !== undefined) {
    if (!knowsCalendars()) faultAt([...path, 'calendar'], CALENDAR_UNKNOWN);
    return { ...shared, kind: 'window', windows: { by: 'calendar', unit: calendar, timezone } };
  }
  if (window !== undefined) {
    return { ...shared, kind: 'window', windows: { by: 'length', lengthUs: window } };
  }
  const periodUs = interval as number;
  const rate = limitOf({ capacity, count: capacity, periodUs });
  if (rate === null) {
    faultAt([...path, 'capacity'], `${CANNOT_COUNT}, is ${capacity}; ${COARSER_WANTED}`);
  }
  return { ...shared, kind: 'bucket', rate: rate as NonNullable<typeof rate> };
}

/** Node has Temporal from 26 on. */
function knowsCalendars(): boolean {
  return typeof Temporal !== 'undefined';
}

const CALENDAR_UNKNOWN = `needs Node 26 or newer, and this is ${process.versions.node}`;
/** Of a policy: each is held against each, and against every key that is asked about. */
const MOST_PATTERNS = 1_000;

const TOO_MANY_PATTERNS = `is one too many: a policy must have at most ${MOST_PATTERNS} patterns`;
const CANNOT_COUNT = 'must be less, to be counted exactly over this interval';
const COARSER_WANTED = 'or the interval whole seconds';

function compileException(
  { limits: own, always }: Omit<OverrideDefinition, 'keys'>,
  limits: readonly PolicyLimit[],
  path: Path,
  faultAt: FaultAt,
): Exception {
  if (own === undefined) return { kind: 'always', allowed: always === 'allow' };
  const replaced = new Map<string, PolicyLimit>();
  for (const [i, limit] of own.entries()) {
    const at = [...path, 'limits', i];
    if (limits.some(({ name }) => name === limit.name)) {
      replaced.set(limit.name, compileLimit(limit, at, faultAt));
    } else {
      const names = limits.map(({ name }) => name).join(', ');
      faultAt([...at, 'name'], `must be one of the policy's (${names}), is ${shown(limit.name)}`);
    }
  }
  return { kind: 'limits', limits: limits.map((limit) => replaced.get(limit.name) ?? limit) };
}

/** A key or pattern that an earlier one takes all of is one that somebody believes in. */
function findShadowed(overrides: readonly OverrideDefinition[], faultAt: FaultAt): void {
  const seen = new Map<string, string>();
  const globs: {
    readonly pattern: string;
    readonly glob: NonNullable<ReturnType<typeof readGlob>>;
  }[] = [];
  for (const [i, { keys }] of overrides.entries()) {
    for (const [j, key] of keys.entries()) {
      const by = seen.get(key) ?? globs.find(({ glob }) => covers(glob, key))?.pattern;
      if (by !== undefined) {
        faultAt(
          ['overrides', i, 'keys', j],
          `never matches: ${shown(by)} before it takes all of it`,
        );
      }
      seen.set(key, key);
      const glob = readGlob(key);
      if (glob === null) continue;
      globs.push({ pattern: key, glob });
      if (globs.length > MOST_PATTERNS) {
        faultAt(['overrides', i, 'keys', j], TOO_MANY_PATTERNS);
        return;
      }
    }
  }
}

function compileForward(definition: ForwardDefinition): ForwardRule {
  const { key, uri = null, denied, trustedHops, ipv6Prefix, missing } = definition;
  const sources = key.map((one) =>
    [one].flat().map((text) => readSource(text) as NonNullable<ReturnType<typeof readSource>>),
  );
  return { key: sources, uri, denied, trustedHops, ipv6Prefix, missing: missingOf(missing) };
}

function missingOf(missing: string | undefined): ForwardRule['missing'] {
  if (missing === undefined) return { do: 'refuse' };
  if (missing === 'allow' || missing === 'deny')
    return { do: 'decide', allowed: missing === 'allow' };
  return { do: 'use', key: missing };
}
