/** Rules of Envoy are seen among files, without that all of them are read. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasDomains } from '../../../src/policies/file/find-domains.ts';
import { readRules } from '../../../src/policies/file/read.ts';
import { PoliciesFile, policiesText } from '../../support/policies-file.ts';

let file: PoliciesFile;
beforeEach(() => {
  file = new PoliciesFile(policiesText(['a'], 10));
});
afterEach(() => file.remove());

const RULE = '{key: a, rate_limit: {unit: day, requests_per_unit: 1}}';

//  texts, which are good; whether they have a domain
test.each([
  [`domain: site\ndescriptors: [${RULE}]\n`, true],
  [`# of the site\n---\n\ndescriptors:\n- ${RULE}\ndomain : site`, true],
  [`"domain": site\n"descriptors": [${RULE}]`, true],
  [`{domain: site, descriptors: [${RULE}]}`, true],
  [`# JSON\n{"descriptors": [${RULE}],\n "domain": "site"}`, true],
  [`\r\n{ "domain" : "site",\r\n "descriptors": [${RULE}]}`, true],
  ['policies: {domain: {limits: [{name: a, capacity: 1, interval: 1s}]}}', false],
  ['policies:\n  domain: {limits: [{name: a, capacity: 1, interval: 1s}]}', false],
  ['# domain: site\npolicies: {}', false],
])('%j: %s', async (text, has) => {
  file.write(text);
  const read = readRules([{ file: 'a.yaml', text }]);
  expect(read.ok && read.domains.size > 0).toBe(has);
  expect(await hasDomains(file.path)).toBe(has);
});

test('one among the files of a folder is enough', async () => {
  expect(await hasDomains(file.folder)).toBe(false);
  writeFileSync(join(file.folder, 'site.yml'), `domain: site\ndescriptors: [${RULE}]\n`);
  expect(await hasDomains(file.folder)).toBe(true);
});

test('what is not there has none: whoever reads it says so', async () => {
  rmSync(file.path);
  expect(await hasDomains(file.path)).toBe(false);
});
