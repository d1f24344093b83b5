/** Reads a systemd unit as systemd does, and says what is wrong with one for the service. */
import { type Facts, stopMs, variableFaults } from './deployment-facts.ts';

/** What keeps it from everything that it has no need of: each directive with its value. */
const HARDENING: Readonly<Record<string, string>> = {
  DynamicUser: 'yes',
  NoNewPrivileges: 'yes',
  CapabilityBoundingSet: '',
  ProtectSystem: 'strict',
  ProtectHome: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes',
  PrivateDevices: 'yes',
  PrivateTmp: 'yes',
  RestrictNamespaces: 'yes',
  RestrictSUIDSGID: 'yes',
  LockPersonality: 'yes',
  SystemCallArchitectures: 'native',
};

/** A setting that is wrong, or a flag that is unknown, ends the start with this exit code. */
const BAD_SETTING = '2';

export function unitFaults(text: string, facts: Facts): string[] {
  const directives = directivesOf(text);
  const last = (name: string) => directives.findLast(([found]) => found === name)?.[1];
  const environment = Object.fromEntries(
    directives.filter(([name]) => name === 'Environment').map(([, value]) => value.split('=', 2)),
  ) as Record<string, string>;
  const { NODE_ENV: _, ...settings } = environment;
  const faults = variableFaults(Object.keys(settings), facts);
  const folder = last('WorkingDirectory');
  if (/npm (prune|ci|install)\b.*--omit=dev/.test(text)) {
    faults.push('its Node is a development dependency, and is left out');
  }
  const wanted = {
    ...HARDENING,
    KillSignal: 'SIGTERM',
    Restart: 'on-failure',
    RestartPreventExitStatus: BAD_SETTING,
    // Its own: what the machine has may be too old, and is not what all of it was tested on.
    ExecStart: `${folder}/node_modules/.bin/node ${folder}/${facts.bin}`,
  };
  for (const [name, value] of Object.entries(wanted)) {
    if (last(name) !== value) faults.push(`${name} is ${last(name)}, wanted ${value}`);
  }
  const stopS = Number(/^(\d+)s$/.exec(last('TimeoutStopSec') ?? '')?.[1] ?? 0);
  const drainMs = stopMs(settings, facts);
  if (stopS * 1_000 <= drainMs) {
    faults.push(`TimeoutStopSec is ${stopS} s, and a drain takes ${drainMs} ms`);
  }
  const descriptors = Number(last('LimitNOFILE'));
  if (!(descriptors >= 2 * facts.maxConnections)) {
    faults.push(`LimitNOFILE is ${descriptors}, too few for ${facts.maxConnections} connections`);
  }
  return faults;
}

function directivesOf(text: string): (readonly [string, string])[] {
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  return lines
    .filter((line) => /^\w+=/.test(line))
    .map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    });
}
