/** What the page takes answers for is what the admin port tells: the compiler says so. */
import { expectTypeOf, test } from 'vitest';
import type { ToldHappening } from '../../src/admin/happenings.ts';
import type { Explained } from '../../src/admin/keys/explain.ts';
import type { KeyPage } from '../../src/admin/keys/key-pages.ts';
import type { RulesReport } from '../../src/admin/keys/rules-report.ts';
import type { NowReport } from '../../src/admin/now-report.ts';
import type { TopReport } from '../../src/admin/top-report.ts';
import type * as read from '../../src/page/api-types.d.ts';

test('each type of the page is that of an answer, or a part of it', () => {
  expectTypeOf<TopReport>().toExtend<read.TopReport>();
  expectTypeOf<KeyPage>().toExtend<read.KeysReport>();
  expectTypeOf<Explained>().toExtend<read.Explanation>();
  expectTypeOf<RulesReport>().toExtend<read.PoliciesReport>();
  expectTypeOf<NowReport>().toExtend<read.Now>();
  expectTypeOf<ToldHappening>().toExtend<read.Happening>();
});
