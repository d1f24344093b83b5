/** How reflection describes itself. */
import type { ProtoFile, ProtoMessage } from '../../../lib/proto-file.ts';

export const SERVICE = 'ServerReflection';
export const METHOD = 'ServerReflectionInfo';

const REQUEST = 'ServerReflectionRequest';
const RESPONSE = 'ServerReflectionResponse';

/** `scope`: its package, which has the version. */
export function reflectionFile(scope: string): ProtoFile {
  const takes = `${scope}.${REQUEST}`;
  const gives = `${scope}.${RESPONSE}`;
  return {
    name: `${scope.replaceAll('.', '/')}/reflection.proto`,
    package: scope,
    messages: [...asked(scope), ...answered(scope)],
    services: [
      {
        name: SERVICE,
        methods: [{ name: METHOD, takes, gives, takesMany: true, givesMany: true }],
      },
    ],
  };
}

function asked(scope: string): readonly ProtoMessage[] {
  const choice = 'message_request';
  return [
    {
      name: REQUEST,
      fields: [
        { number: 1, name: 'host', type: 'string' },
        { number: 3, name: 'file_by_filename', type: 'string', choice },
        { number: 4, name: 'file_containing_symbol', type: 'string', choice },
        {
          number: 5,
          name: 'file_containing_extension',
          type: 'message',
          of: `${scope}.ExtensionRequest`,
          choice,
        },
        { number: 6, name: 'all_extension_numbers_of_type', type: 'string', choice },
        { number: 7, name: 'list_services', type: 'string', choice },
      ],
    },
    {
      name: 'ExtensionRequest',
      fields: [
        { number: 1, name: 'containing_type', type: 'string' },
        { number: 2, name: 'extension_number', type: 'int32' },
      ],
    },
  ];
}

function answered(scope: string): readonly ProtoMessage[] {
  const choice = 'message_response';
  const type = 'message';
  const of = (name: string) => `${scope}.${name}`;
  return [
    {
      name: RESPONSE,
      fields: [
        { number: 1, name: 'valid_host', type: 'string' },
        { number: 2, name: 'original_request', type, of: of(REQUEST) },
        {
          number: 4,
          name: 'file_descriptor_response',
          type,
          of: of('FileDescriptorResponse'),
          choice,
        },
        {
          number: 5,
          name: 'all_extension_numbers_response',
          type,
          of: of('ExtensionNumberResponse'),
          choice,
        },
        { number: 6, name: 'list_services_response', type, of: of('ListServiceResponse'), choice },
        { number: 7, name: 'error_response', type, of: of('ErrorResponse'), choice },
      ],
    },
    {
      name: 'FileDescriptorResponse',
      fields: [{ number: 1, name: 'file_descriptor_proto', type: 'bytes', isRepeated: true }],
    },
    {
      name: 'ExtensionNumberResponse',
      fields: [
        { number: 1, name: 'base_type_name', type: 'string' },
        { number: 2, name: 'extension_number', type: 'int32', isRepeated: true },
      ],
    },
    {
      name: 'ListServiceResponse',
      fields: [{ number: 1, name: 'service', type, of: of('ServiceResponse'), isRepeated: true }],
    },
    { name: 'ServiceResponse', fields: [{ number: 1, name: 'name', type: 'string' }] },
    {
      name: 'ErrorResponse',
      fields: [
        { number: 1, name: 'error_code', type: 'int32' },
        { number: 2, name: 'error_message', type: 'string' },
      ],
    },
  ];
}
