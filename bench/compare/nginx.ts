/** nginx with one worker that answers every request with the same bytes: `return 200`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import type { Server } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';
import { startProgram } from './program.ts';
import { CAPACITY, INTERVAL_S } from './questions.ts';

export async function startNginx(path: string, core: number | undefined): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-nginx-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    const command = [...pinnedTo(core), path, '-e', 'stderr', '-p', folder, '-c', file];
    const program = await startProgram(command, port);
    return {
      name: 'nginx, return 200',
      url: `http://127.0.0.1:${port}/api/v1/limit`,
      pid: program.pid,
      decides: false,
      stop: () => program.stop().finally(removeFolder),
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Its one process is the worker. The answer is as long as a decision, and has its headers. */
function configuration(folder: string, port: number): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const tokenS = Math.ceil(INTERVAL_S / CAPACITY);
  const left = CAPACITY - 1;
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
${places.map((place) => `  ${place}_temp_path ${folder}/${place};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / {
      default_type application/json;
      add_header RateLimit-Policy '"default";q=${CAPACITY};w=${INTERVAL_S}';
      add_header RateLimit '"default";r=${left};t=${tokenS}';
      return 200 '{"allowed":true,"limit":${CAPACITY},"remaining":${left},"retryAfterMs":0,"resetAfterMs":${tokenS * 1_000}}';
    }
  }
}
`;
}
