/** What Linux says of a process: the time it took of the cores, its memory, who listens where. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICKS_A_SECOND =
  Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/** User and system time of all its threads, ended ones too. NaN where it cannot be read. */
export function cpuSeconds(pid: number): number {
  // The name, in brackets, may hold spaces; utime and stime are the 12th and 13th after it.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Resident memory. NaN where it cannot be read. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? Number.NaN) * 1_024;
}

/** The process that listens on this port, if there is one that this user may look into. */
export function listenerOn(port: number): number | undefined {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const here = listening().filter(({ local }) => local.endsWith(`:${hexadecimal}`));
  const sockets = new Set(here.map(({ file }) => file));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => openFiles(pid).some((file) => sockets.has(file)));
}

/**
 * The sockets of a process, and the connections that it has not taken yet: 0 where neither can be
 * read. One that is being taken may count twice, none is missed.
 */
export function connectionsOf(pid: number): number {
  const files = new Set(openFiles(pid));
  const ours = listening().filter(({ file }) => files.has(file));
  const waiting = ours.reduce((total, { backlog }) => total + backlog, 0);
  return waiting + openFiles(pid).filter((file) => file.startsWith('socket:')).length;
}

interface Listening {
  /** Address and port, in hexadecimal. */
  readonly local: string;
  /** As a process that has it open names it. */
  readonly file: string;
  /** Connections that nobody has taken yet. */
  readonly backlog: number;
}

const LISTEN = '0A';

function listening(): readonly Listening[] {
  return ['tcp', 'tcp6']
    .flatMap((table) => read(`/proc/net/${table}`).split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => ({
      local: fields[1] ?? '',
      file: `socket:[${fields[9]}]`,
      backlog: Number.parseInt(fields[4]?.split(':')[1] ?? '', 16),
    }));
}

function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => target(`${folder}/${name}`));
  } catch {
    return []; // Another user's, or gone meanwhile.
  }
}

function target(link: string): readonly string[] {
  try {
    return [readlinkSync(link)];
  } catch {
    return []; // Closed meanwhile.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
