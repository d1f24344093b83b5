/** Settings of the table in config.ts: where spans are exported. */
import { z } from 'zod';
import type { Setting } from './setting.ts';

export const TRACING = {
  otelExporterOtlpEndpoint: {
    what: 'where spans of decisions that needed the store go, by OTLP over HTTP; unset, nowhere',
    fallback: '',
    wanted: 'an http or https URL, such as http://localhost:4318',
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    // It may have a password.
    isSecret: true,
  },
} as const satisfies Record<string, Setting<string>>;
