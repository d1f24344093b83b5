/** Writes the JSON Schema of a file of policies to where editors find it. */
import { writeFileSync } from 'node:fs';
import { policySchemaJson } from '../../../src/policies/file/json-schema.ts';

writeFileSync(
  new URL('../../../docs/run/policies.schema.json', import.meta.url),
  policySchemaJson(),
);
