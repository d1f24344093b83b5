/** An application for a proxy to stand in front of: nginx, which answers every request alike. */
import { type Nginx, startNginx } from '../../test/support/nginx.ts';
import { pinnedTo } from '../support/pinned.ts';

export function startApplication(core: number | undefined): Promise<Nginx> {
  return startNginx({ config: application, under: pinnedTo(core) });
}

function application({ port }: { readonly port: number }): string {
  return `
master_process off;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 'app'; }
  }
}
`;
}
