/**
 * The JSON Schema of a file of policies: the one in the repository is what the definitions make.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { policySchemaJson } from '../../../src/policies/file/json-schema.ts';

const FILE = new URL('../../../docs/run/policies.schema.json', import.meta.url);

test('the file is what `node test/policies/file/write-schema.ts` writes', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(policySchemaJson());
});

describe('it takes and refuses', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(policySchemaJson()));
  const limit = '{name: a, capacity: 1_000, interval: 10s}';

  test.each([
    [`policies: {p: {limits: [${limit}]}}`, true],
    [
      `policies: {p: {limits: [${limit}], forward: {key: [address, [method, path]], uri: target}}}`,
      true,
    ],
    [`policies: {p: {limits: [${limit}], overrides: [{keys: ["*"], always: deny}]}}`, true],
    [`policies: {p: {limits: []}}`, false],
    [`policies: {p: {limits: [{name: a, capacity: 5}]}}`, false],
    [`policies: {p: {limits: [{name: a, capacity: 5, interval: 1s, window: 1d}]}}`, false],
    [`policies: {p: {limits: [${limit}], overrides: [{keys: ["*"]}]}}`, false],
    [`policies: {p: {limits: [${limit}], dryrun: true}}`, false],
    [`policies: {"p q": {limits: [${limit}]}}`, false],
    [`policies: {p: {limits: [${limit}], forward: {key: [ip]}}}`, false],
  ])('%s: %s', (text, is) => {
    expect(validate(parse(text))).toBe(is);
  });
});
