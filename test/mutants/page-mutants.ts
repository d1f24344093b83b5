/** Guards of the page of operators: text of strangers, the token, what is asked twice. */
import { type Mutant, mutantsOf } from './mutant.ts';

const LOG_IN = 'test/page/log-in.test.ts';
const HOSTILE = 'test/page/hostile-keys.test.ts';
const DASHBOARD = 'test/page/dashboard.test.ts';

export const PAGE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/transport/http/admin/page-files.ts', LOG_IN, [
    ['no other site frames the page', "frame-ancestors 'none'; ", ''],
    ['of its folder only the page is served', 'if (type === undefined) continue;', ''],
    [
      'the page is for reading',
      "|| (req.method !== 'GET' && req.method !== 'HEAD')) return false;",
      ') return false;',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/page-files.ts', HOSTILE, [
    [
      'no script of the page reads HTML from text',
      `"require-trusted-types-for 'script'; trusted-types 'none'"`,
      `''`,
    ],
  ]),
  ...mutantsOf('src/page/main.js', LOG_IN, [
    [
      'the token is of one tab',
      'sessionStorage.setItem(TOKEN, token);',
      'localStorage.setItem(TOKEN, token);',
    ],
    ['who logs out leaves no token', '  sessionStorage.removeItem(TOKEN);\n', ''],
  ]),
  ...mutantsOf('src/page/format.js', HOSTILE, [
    [
      'characters that nobody sees are named',
      String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`,
      String.raw`[\p{Cs}]`,
    ],
  ]),
  ...mutantsOf('src/page/main.js', DASHBOARD, [
    [
      'what happens is told as it happens',
      "else if (name === 'happening') showHappening(JSON.parse(data));",
      '',
    ],
  ]),
  ...mutantsOf('src/page/explained.js', DASHBOARD, [
    [
      'what changes a key is asked twice',
      'yes.focus();',
      // Within the event of the first asking it would do nothing.
      'setTimeout(() => place.requestSubmit());',
    ],
  ]),
  ...mutantsOf('src/page/explained.js', 'test/page/accessible.test.ts', [
    ['who is asked again stands at the answer', 'yes.focus();', ''],
    ['who says no stands where he was', "place.querySelector('button')?.focus();", ''],
  ]),
  ...mutantsOf('src/page/top.js', 'test/page/accessible.test.ts', [
    [
      'who stands in a table that comes anew stays there',
      'keepFocus(place, () => fill(place, shown));',
      'fill(place, shown);',
    ],
  ]),
];
