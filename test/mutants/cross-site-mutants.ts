/** Guards against web pages of other sites. */
import type { Mutant } from './mutant.ts';

const CROSS_SITE = 'src/transport/http/core/cross-site.ts';
const ORIGIN = 'src/lib/origin.ts';
const TESTS = ['test/transport/http/cross-site.test.ts'];

export const CROSS_SITE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a page of another host is refused',
    file: CROSS_SITE,
    find: '?.host !== origin.host;',
    replace: '?.host === undefined;',
    tests: TESTS,
  },
  {
    name: 'a page of another port is refused',
    file: ORIGIN,
    find: 'host: url.host.toLowerCase()',
    replace: 'host: url.hostname.toLowerCase()',
    tests: TESTS,
  },
  {
    name: 'a page of nobody in particular is refused',
    file: CROSS_SITE,
    find: 'if (origin === null || host === undefined) return true;',
    replace: 'if (origin === null || host === undefined) return false;',
    tests: TESTS,
  },
  {
    name: 'what a browser calls cross-site is refused without an Origin',
    file: CROSS_SITE,
    find: 'site !== undefined && /\\bcross-site\\b/i.test(String(site))',
    replace: 'origin !== undefined && /\\bcross-site\\b/i.test(String(site))',
    tests: TESTS,
  },
  {
    name: 'a page that is allowed may be cross-site',
    file: CROSS_SITE,
    find: 'letRead(req, res, origin);\n      return false;',
    replace: 'letRead(req, res, origin);',
    tests: TESTS,
  },
  {
    name: 'a page is allowed by its scheme too',
    file: CROSS_SITE,
    find: 'this.#allowed.has(nameOf(origin))',
    replace: '[...this.#allowed].some((name) => name.endsWith(origin.host))',
    tests: TESTS,
  },
  {
    name: 'a page is told apart by its host at the short way too',
    file: 'src/transport/http/http-server.ts',
    find: 'if (!crossSite.refuses(req, res)) hot.limitRoute',
    replace: 'hot.limitRoute',
    tests: TESTS,
  },
  {
    name: 'a batch is refused to pages of other sites',
    file: 'src/transport/http/express-app.ts',
    find: 'if (ofPath.some(({ decides }) => decides)) {',
    replace: "if (path === '/api/v1/limit') {",
    tests: TESTS,
  },
  {
    name: 'no page may reset a key',
    file: 'src/transport/http/express-app.ts',
    find: 'if (!crossSite.refuses(req, res)) next();',
    replace: "if (req.method === 'DELETE' || !crossSite.refuses(req, res)) next();",
    tests: TESTS,
  },
  {
    name: 'ALLOW_ORIGINS takes no star',
    file: ORIGIN,
    find: '?#@*]+$/i',
    replace: '?#@]+$/i',
    tests: TESTS,
  },
];
