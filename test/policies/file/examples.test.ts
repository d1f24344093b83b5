/** Files of policies that the documents show: each is good. */
import { expect, test } from 'vitest';
import { faultText } from '../../../src/policies/file/fault.ts';
import { readRules } from '../../../src/policies/file/read.ts';
import { documents, examplesOf } from '../../project/readme.ts';

const shown = documents().flatMap(({ path, text }) =>
  examplesOf(text)
    .filter((example) => example.mark === 'yaml' && example.text.startsWith('policies:'))
    .map((example) => ({ file: path, text: example.text })),
);

test('there are some', () => {
  expect(shown.map(({ file }) => file)).toContain('docs/run/policies.md');
});

test.each(shown)('one of $file', (file) => {
  const reading = readRules([file]);
  expect(reading.ok ? [] : reading.faults.map(faultText)).toEqual([]);
});
