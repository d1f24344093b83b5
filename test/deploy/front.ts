/**
 * Starts deploy/nginx.conf in front of two instances, and reads what it did with every question.
 */
import { readFileSync } from 'node:fs';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { broken, read } from './deployment-facts.ts';

/** One attempt to have a question answered. */
export interface Attempt {
  readonly port: number;
  /** 0 where it came to no connection. An instance that was sent bytes may have charged. */
  readonly bytesSent: number;
  readonly status: number;
}

/** A question with the answer it got, and all the attempts at one. */
export interface Passed {
  readonly status: number;
  readonly attempts: readonly Attempt[];
}

export interface Front extends Nginx {
  /** Of the first so many questions; waits for that many. */
  passed(count: number): Promise<readonly Passed[]>;
}

interface Listening {
  readonly port: number;
}

const PATIENCE_MS = 10_000;

/** `alter` gives the configuration as it should be instead. */
export async function startFront(
  [first, second]: readonly [Listening, Listening],
  alter: (config: string) => string = (config) => config,
): Promise<Front> {
  let log = '';
  const nginx = await startNginx({
    config: ({ port, folder }) => {
      log = `${folder}/passed.log`;
      const tries = '$status|$upstream_addr|$upstream_bytes_sent|$upstream_status';
      const places = [
        ['access_log off;', `log_format tries '${tries}'; access_log ${log} tries;`],
        ['listen 8080;', `listen 127.0.0.1:${port};`],
        ['server argus-1:8123', `server 127.0.0.1:${first.port}`],
        ['server argus-2:8123', `server 127.0.0.1:${second.port}`],
      ] as const;
      return places.reduce((text, [part, by]) => broken(text, part, by), alter(read(CONFIG)));
    },
  });
  const passed = async (count: number): Promise<readonly Passed[]> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
      if (lines.length >= count) return lines.map(passedOf);
      if (Date.now() > deadline) throw new Error(`nginx has logged ${lines.length} of ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { ...nginx, passed };
}

const CONFIG = 'deploy/nginx.conf';

/** nginx lists what it has of each attempt with commas between. */
function passedOf(line: string): Passed {
  const [status, ...lists] = line.split('|');
  const [addresses = [], bytes = [], statuses = []] = lists.map((list) => list.split(', '));
  const attempts = addresses
    .filter((address) => address !== '-')
    .map((address, i) => ({
      port: Number(address.split(':')[1]),
      bytesSent: Number(bytes[i]),
      status: Number(statuses[i]),
    }));
  return { status: Number(status), attempts };
}
