/** The servers that are held against each other: ours, a bare one, and any that runs already. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { termsOf, tokenOf } from '../../test/access/terms.ts';
import { type Service, startService } from '../../test/support/service.ts';
import { TokensFile } from '../../test/support/tokens-file.ts';
import { refuse } from '../support/options.ts';
import { pinnedTo } from '../support/pinned.ts';
import { listenerOn } from '../support/proc.ts';

export interface Server {
  readonly name: string;
  readonly url: string;
  /** Undefined where it is not known; then its CPU time and memory are not either. */
  readonly pid: number | undefined;
  /** Whether it decides at all: the bare one lets everything pass. */
  readonly decides: boolean;
  /** The token to show, where it wants one. */
  readonly token?: string;
  stop(): Promise<unknown>;
}

const LIMIT_PATH = '/api/v1/limit';
const BARE_SERVER = fileURLToPath(new URL('../support/bare-server.ts', import.meta.url));
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Ours with one thread, as the bare one has, on the same core. */
export async function startOurs(
  core: number | undefined,
  name = 'argus',
  more: readonly string[] = [],
  run: { readonly script?: string } = {},
): Promise<Server> {
  const under = pinnedTo(core);
  const flags = ['--threads', '1', ...more];
  return serverOf(await startService({ under, flags, ...run }), { name, decides: true });
}

/** Ours, asked with a token that names what keys may begin with: each question is looked at. */
export async function startGuarded(core: number | undefined): Promise<Server> {
  const keys = [...'abcdefghijklmnopqrstuvwxyz'];
  const file = new TokensFile([termsOf('bench', { keys })]);
  const server = await startOurs(core, 'argus, with a token', ['--auth-tokens-file', file.path]);
  const stop = async () => {
    await server.stop();
    file.remove();
  };
  return { ...server, token: tokenOf('bench'), stop };
}

export async function startBare(core: number | undefined): Promise<Server> {
  const under = pinnedTo(core);
  const service = await startService({ under, script: BARE_SERVER });
  return serverOf(service, { name: 'bare node:http', decides: false });
}

export function serverOf(service: Service, told: Pick<Server, 'name' | 'decides'>): Server {
  return {
    ...told,
    url: `http://127.0.0.1:${service.port}${LIMIT_PATH}`,
    pid: service.process.pid,
    stop: () => service.stop(),
  };
}

/** One that somebody else has started, on this machine: the load is for loopback only. */
export async function serverAt(text: string, pid: number | undefined): Promise<Server> {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:') {
    refuse(`--against must be an http URL, such as http://127.0.0.1:8123, is ${text}`);
  }
  if (!LOOPBACK.test(url.hostname)) {
    refuse(`--against must be on this machine (127.0.0.1, [::1] or localhost), is ${url.hostname}`);
  }
  if (url.pathname === '/') url.pathname = LIMIT_PATH;
  await fetch(url, { method: 'OPTIONS' }).catch(() => refuse(`Nothing answers at ${url.href}`));
  return {
    name: url.host,
    decides: true,
    url: url.href,
    pid: pid ?? listenerOn(Number(url.port || 80)),
    stop: async () => undefined,
  };
}

/** The value of a metric of ours without labels, or all of them together. NaN where it has none. */
export async function metric(server: Server, name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  const samples = text.split('\n').filter((line) => line.match(/^\w+/)?.[0] === name);
  if (samples.length === 0) return Number.NaN;
  return samples.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

/** All bytes of the answer to one request, but for its date. */
export function answerBytes(server: Server, body: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const request = requestBytes(server, body);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
      if (!answer.endsWith('}')) return;
      socket.destroy();
      resolve(answer.replace(/^Date: .*$/im, 'Date: -'));
    });
    socket.on('error', reject).setTimeout(5_000, () => {
      reject(new Error(`${server.name} does not answer one request`));
      socket.destroy();
    });
  });
}

export function requestBytes(server: Pick<Server, 'url'>, body: string): string {
  return [
    `POST ${new URL(server.url).pathname} HTTP/1.1`,
    'Host: bench',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** The cores that a process may run on, in words. */
export function coresOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '?';
  } catch {
    return '?';
  }
}
