/**
 * Starts Debian's nginx in a process of its own, from the text of a configuration, and stops it.
 * Where it may not be installed, ask isMissing('nginx') of resp-tools.ts first.
 *
 * The configuration is a whole one, with `http {` on a line of its own; it says neither `daemon`
 * nor `pid` nor a temporary path, and writes no log to a file of its own: those are set here, so
 * that it runs beside any other nginx, as root or as an ordinary user.
 */
import { freePort } from './free-port.ts';
import { type ProxyProcess, startProxy } from './proxy-process.ts';

const MODULES_WITH_FILES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * Its output is its error log, and what the configuration logs to /dev/stdout. SIGTERM does not
 * wait for requests in flight, SIGQUIT does.
 */
export type Nginx = ProxyProcess;

export interface NginxOptions {
  /** The whole configuration, of an nginx that listens on this port of 127.0.0.1. */
  readonly config: (paths: { readonly port: number; readonly folder: string }) => string;
  /** A free one where it is left out. */
  readonly port?: number;
  /** A command to run it under, such as `taskset -c 0`. */
  readonly under?: readonly string[];
}

/** Resolves once it accepts connections; rejects with its output if it does not. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const port = options.port ?? (await freePort());
  return startProxy({
    port,
    under: options.under ?? [],
    files: (folder) => ({
      'nginx.conf': withTemporaryPaths(options.config({ port, folder }), folder),
    }),
    command: (folder) => {
      const settings = `daemon off; pid ${folder}/pid;`;
      return ['nginx', '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`, '-g', settings];
    },
  });
}

/** The places of Debian's own are for root alone. */
function withTemporaryPaths(config: string, folder: string): string {
  const opening = /^http \{$/m;
  if (!opening.test(config)) throw new Error('No line `http {` in the configuration of nginx');
  const paths = MODULES_WITH_FILES.map((module) => `  ${module}_temp_path ${folder}/${module};`);
  return config.replace(opening, (line) => [line, ...paths].join('\n'));
}
