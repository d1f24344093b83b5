/** What HTTP serves: a method of a path, how much body it takes, who may ask, and who answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MOST_BODY_BYTES } from '../../../contract/bounds.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Matches exactly; a part in braces, as `{key}`, is any one that is not empty. */
  readonly path: string;
  /** The largest body; left out where none is read. */
  readonly mostBytes?: number;
  /** Whether it concerns tokens: pages of other sites are turned away, whatever the method. */
  readonly decides?: true;
  /** Whether it says how the service is: it is answered beyond MAX_CONNECTIONS too. */
  readonly isProbe?: true;
  handle(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
}

/**
 * All paths that begin alike, with whatever method. It answers without the body, of any length, and
 * whatever is expected of it; pages of other sites are its own business.
 */
export interface PrefixRoute {
  readonly prefix: string;
  handle(req: IncomingMessage, res: ServerResponse): void;
}

export interface Routes {
  readonly exact: readonly Route[];
  readonly prefixed: readonly PrefixRoute[];
}

/** All routes, and what is known of a path before anybody looks at the method. */
export class RouteTable {
  readonly paths: ReadonlyMap<string, readonly Route[]>;
  readonly #prefixed: readonly PrefixRoute[];
  readonly #probes: ReadonlySet<string>;

  constructor({ exact, prefixed }: Routes) {
    this.paths = Map.groupBy(exact, ({ path }) => path);
    this.#prefixed = prefixed;
    this.#probes = new Set(exact.filter(({ isProbe }) => isProbe).map(({ path }) => path));
  }

  /** The route with whose prefix a path begins. */
  under(path: string): PrefixRoute | undefined {
    return this.#prefixed.find(({ prefix }) => path.startsWith(prefix));
  }

  /**
   * The largest body that is taken at a path. Where no body is read, a small one does no harm;
   * and nothing but a small one is taken where a part is in braces.
   */
  mostBytesAt(path: string): number {
    if (this.under(path) !== undefined) return Number.POSITIVE_INFINITY;
    const routes = this.paths.get(path) ?? [];
    return Math.max(MOST_BODY_BYTES, ...routes.map(({ mostBytes = 0 }) => mostBytes));
  }

  isProbe(path: string): boolean {
    return this.#probes.has(path);
  }
}
