/**
 * How the service of Envoy is described to those who ask: what of its messages is read and written
 * here, under the names and numbers that Envoy has for it.
 */
import type { ProtoField, ProtoFile, ProtoType } from '../../lib/proto-file.ts';
import { UNITS } from '../unit.ts';

const UNIT_VALUES = [
  ['UNKNOWN', 0] as const,
  ...UNITS.map(({ name, number }) => [name.toUpperCase(), number] as const),
];

const DURATION: ProtoFile = {
  name: 'google/protobuf/duration.proto',
  package: 'google.protobuf',
  messages: [
    { name: 'Duration', fields: [field(1, 'seconds', 'int64'), field(2, 'nanos', 'int32')] },
  ],
};

/** Whole: many clients have this file already. */
const WRAPPERS: ProtoFile = {
  name: 'google/protobuf/wrappers.proto',
  package: 'google.protobuf',
  messages: (
    [
      ['DoubleValue', 'double'],
      ['FloatValue', 'float'],
      ['Int64Value', 'int64'],
      ['UInt64Value', 'uint64'],
      ['Int32Value', 'int32'],
      ['UInt32Value', 'uint32'],
      ['BoolValue', 'bool'],
      ['StringValue', 'string'],
      ['BytesValue', 'bytes'],
    ] as const
  ).map(([name, type]) => ({ name, fields: [field(1, 'value', type)] })),
};

const HEADERS: ProtoFile = {
  name: 'envoy/config/core/v3/base.proto',
  package: 'envoy.config.core.v3',
  messages: [
    {
      name: 'HeaderValue',
      fields: [
        field(1, 'key', 'string'),
        field(2, 'value', 'string'),
        field(3, 'raw_value', 'bytes'),
      ],
    },
  ],
};

const OVERRIDE_UNIT: ProtoFile = {
  name: 'envoy/type/v3/ratelimit_unit.proto',
  package: 'envoy.type.v3',
  enums: [{ name: 'RateLimitUnit', values: UNIT_VALUES }],
};

const COMMON = 'envoy.extensions.common.ratelimit.v3';
const DESCRIPTOR = `${COMMON}.RateLimitDescriptor`;
const DESCRIPTORS: ProtoFile = {
  name: 'envoy/extensions/common/ratelimit/v3/ratelimit.proto',
  package: COMMON,
  imports: [OVERRIDE_UNIT, WRAPPERS],
  messages: [
    {
      name: 'RateLimitDescriptor',
      fields: [
        each(1, 'entries', `${DESCRIPTOR}.Entry`),
        one(2, 'limit', `${DESCRIPTOR}.RateLimitOverride`),
        one(3, 'hits_addend', 'google.protobuf.UInt64Value'),
        field(4, 'is_negative_hits', 'bool'),
      ],
      messages: [
        { name: 'Entry', fields: [field(1, 'key', 'string'), field(2, 'value', 'string')] },
        {
          name: 'RateLimitOverride',
          fields: [
            field(1, 'requests_per_unit', 'uint32'),
            { ...field(2, 'unit', 'enum'), of: 'envoy.type.v3.RateLimitUnit' },
          ],
        },
      ],
    },
  ],
};

const SERVICE = 'envoy.service.ratelimit.v3';
const REQUEST = `${SERVICE}.RateLimitRequest`;
const RESPONSE = `${SERVICE}.RateLimitResponse`;

export const RATE_LIMIT_SERVICE: ProtoFile = {
  name: 'envoy/service/ratelimit/v3/rls.proto',
  package: SERVICE,
  imports: [HEADERS, DESCRIPTORS, DURATION],
  messages: [
    {
      name: 'RateLimitRequest',
      fields: [
        field(1, 'domain', 'string'),
        each(2, 'descriptors', DESCRIPTOR),
        field(3, 'hits_addend', 'uint32'),
      ],
    },
    {
      name: 'RateLimitResponse',
      fields: [
        { ...field(1, 'overall_code', 'enum'), of: `${RESPONSE}.Code` },
        each(2, 'statuses', `${RESPONSE}.DescriptorStatus`),
        each(3, 'response_headers_to_add', 'envoy.config.core.v3.HeaderValue'),
      ],
      enums: [
        {
          name: 'Code',
          values: [
            ['UNKNOWN', 0],
            ['OK', 1],
            ['OVER_LIMIT', 2],
          ],
        },
      ],
      messages: [
        {
          name: 'RateLimit',
          fields: [
            field(1, 'requests_per_unit', 'uint32'),
            { ...field(2, 'unit', 'enum'), of: `${RESPONSE}.RateLimit.Unit` },
            field(3, 'name', 'string'),
          ],
          enums: [{ name: 'Unit', values: UNIT_VALUES }],
        },
        {
          name: 'DescriptorStatus',
          fields: [
            { ...field(1, 'code', 'enum'), of: `${RESPONSE}.Code` },
            one(2, 'current_limit', `${RESPONSE}.RateLimit`),
            field(3, 'limit_remaining', 'uint32'),
            one(4, 'duration_until_reset', 'google.protobuf.Duration'),
          ],
        },
      ],
    },
  ],
  services: [
    {
      name: 'RateLimitService',
      methods: [{ name: 'ShouldRateLimit', takes: REQUEST, gives: RESPONSE }],
    },
  ],
};

function field(number: number, name: string, type: ProtoType): ProtoField {
  return { number, name, type };
}

function one(number: number, name: string, of: string): ProtoField {
  return { number, name, type: 'message', of };
}

function each(number: number, name: string, of: string): ProtoField {
  return { ...one(number, name, of), isRepeated: true };
}
