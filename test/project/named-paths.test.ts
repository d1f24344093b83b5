/** What documents point to is looked up: each kind of fault is found. */
import { expect, test } from 'vitest';
import { faultsOfLinks, faultsOfPaths } from './named-paths.ts';

//  what is written in docs/ask/http.md, what is said of it
test.each([
  ['[x](htp.md)', 'htp.md: no such path'],
  ['[x](../run/sharing.md#nowhere)', '../run/sharing.md#nowhere: no such heading'],
  ['[x](#nowhere)', '#nowhere: no such heading'],
  ['# A\n```sh\n# nowhere\n```\n[x](#nowhere)', '#nowhere: no such heading'],
  ['# A\n# A\n[x](#a-2)', '#a-2: no such heading'],
  ['`src/tree/no.ts`', 'src/tree/no.ts: no such path'],
  ['`src/no-*.ts`, `src/no/*.ts`', 'src/no/*.ts: no such path'],
  ['`.ci/walk`', '.ci/walk: no such path'],
  ['`vitest run test/no.test.ts`', 'test/no.test.ts: no such path'],
  ['`live-tree.ts`', 'live-tree.ts: no such path'],
])('a document that says %j is found out', (text, fault) => {
  const path = 'docs/ask/http.md';
  expect([...faultsOfLinks(text, path), ...faultsOfPaths(text, path)]).toEqual([fault]);
});

test('what leads somewhere has no fault', () => {
  const text =
    '# An `a`, and_b: É\n[x](#an-a-and_b-é) [y](http.md) [z](https://z/#z) `/a.json` `a.b`';
  expect(faultsOfLinks(text, 'docs/ask/http.md')).toEqual([]);
  expect(faultsOfPaths(text, 'docs/ask/http.md')).toEqual([]);
});
