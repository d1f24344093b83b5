/**
 * The page of operators: files that hold no data, for whoever asks. What the page shows it asks
 * for with the token.
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { Replies } from '../core/replies.ts';
import { pathOf } from '../core/target.ts';

interface PageFile {
  readonly body: string;
  /** Names and values by turns. */
  readonly head: readonly string[];
  readonly tag: string;
}

const FOLDER = new URL('../../../page/', import.meta.url);
const INDEX = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The chart library, as its package has it. */
const UPLOT = import.meta.resolve('uplot');
const BORROWED = [
  ['uplot.js', new URL('uPlot.esm.js', UPLOT)],
  ['uplot.css', new URL('uPlot.min.css', UPLOT)],
] as const;

/**
 * Scripts and all else come from this port alone, no script may read HTML from text, and no page
 * has this one in a frame, where clicks on it could be stolen.
 */
const GUARDED: readonly string[] = [
  'Content-Security-Policy',
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Cross-Origin-Resource-Policy',
  'same-origin',
];

export class PageFiles {
  readonly #replies: Replies;
  /** By path. */
  readonly #files = new Map<string, PageFile>();

  /** Reads the files: a page is of one piece, whatever becomes of them later. */
  constructor(replies: Replies) {
    this.#replies = replies;
    const own = readdirSync(FOLDER).map((name) => [name, new URL(name, FOLDER)] as const);
    for (const [name, url] of [...own, ...BORROWED]) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      this.#files.set(name === INDEX ? '/' : `/${name}`, pageFile(type, readFileSync(url, 'utf8')));
    }
  }

  /** Answers a request for a file of the page; false for any other. */
  serves(req: IncomingMessage, res: ServerResponse): boolean {
    const file = this.#files.get(pathOf(req));
    if (file === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return false;
    if (req.headers['if-none-match'] === file.tag) this.#replies.send(res, 304, [...file.head], '');
    else {
      const length = String(Buffer.byteLength(file.body));
      this.#replies.send(res, 200, [...file.head, 'Content-Length', length], file.body);
    }
    return true;
  }
}

function pageFile(type: string, body: string): PageFile {
  const tag = `"${hash('sha256', body, 'base64url')}"`;
  // It is asked each time whether the file is still the same: another version may serve the page.
  const head = ['Content-Type', type, 'Cache-Control', 'no-cache', 'ETag', tag, ...GUARDED];
  return { body, head, tag };
}
