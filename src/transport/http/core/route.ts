/** What HTTP serves: a method of a path, how much body it takes, who may ask, and who answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MOST_BODY_BYTES } from '../../../contract/bounds.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Matches exactly. */
  readonly path: string;
  /** The largest body; left out where none is read. */
  readonly mostBytes?: number;
  /** Whether it concerns tokens: pages of other sites are turned away, whatever the method. */
  readonly decides?: true;
  /** Whether it says how the service is: it is answered beyond MAX_CONNECTIONS too. */
  readonly isProbe?: true;
  handle(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
}

/** All routes, and what is known of a path before anybody looks at the method. */
export class RouteTable {
  readonly all: readonly Route[];
  readonly paths: ReadonlyMap<string, readonly Route[]>;
  readonly #probes: ReadonlySet<string>;

  constructor(all: readonly Route[]) {
    this.all = all;
    this.paths = Map.groupBy(all, ({ path }) => path);
    this.#probes = new Set(all.filter(({ isProbe }) => isProbe).map(({ path }) => path));
  }

  /** The largest body that is taken at a path. Where no body is read, a small one does no harm. */
  mostBytesAt(path: string): number {
    const routes = this.paths.get(path) ?? [];
    return Math.max(MOST_BODY_BYTES, ...routes.map(({ mostBytes = 0 }) => mostBytes));
  }

  isProbe(path: string): boolean {
    return this.#probes.has(path);
  }
}
