/**
 * The JSON Schema of a file of policies, made of what checks it: editors complete and check by it.
 */
import { z } from 'zod';
import { SOURCE_PATTERN } from '../forward-rule.ts';
import { KINDS, PolicyFileSchema } from './definitions.ts';

export function policySchemaJson(): string {
  const schema = z.toJSONSchema(PolicyFileSchema, {
    io: 'input',
    // What is checked by functions, in the words of JSON Schema.
    override: ({ zodSchema, jsonSchema }) => {
      const { id } = z.globalRegistry.get(zodSchema) ?? {};
      if (id === 'Limit') jsonSchema.oneOf = KINDS.map((kind) => ({ required: [kind] }));
      if (id === 'Override')
        jsonSchema.oneOf = [{ required: ['limits'] }, { required: ['always'] }];
      if (id === 'Source') jsonSchema.pattern = SOURCE_PATTERN.source;
    },
  });
  return `${JSON.stringify({ ...schema, title: 'Policies of Argus' }, null, 2)}\n`;
}
