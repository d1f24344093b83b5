/** Takes an OpenAPI document apart, and holds real answers against what it says of them. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import type { Answer } from '../../support/raw-http.ts';

interface Header {
  readonly required?: boolean;
  readonly schema: AnySchemaObject;
}
interface Media {
  readonly schema: AnySchemaObject;
  /** Of events: the data of each, by its name. */
  readonly 'x-events'?: Readonly<Record<string, AnySchemaObject>>;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
export interface Response {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, Media>>;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: AnySchemaObject;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

/** With every `$ref` replaced by what it refers to. */
export interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, AnySchemaObject>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

/** Header fields of HTTP itself, which no operation describes. */
const EVERYWHERE = [
  ...['content-type', 'content-length', 'transfer-encoding'],
  ...['date', 'connection', 'keep-alive'],
];

const ajv = new Ajv2020({ strict: true });
ajv.addFormat('date-time', (text) => new Date(text).toISOString() === text);
/** Made once for each: a schema that is met again is compiled already. */
const closedOnes = new WeakMap<AnySchemaObject, AnySchemaObject>();

/** Reads the text of a document that must be valid OpenAPI 3.1. */
export async function readDocument(text: string): Promise<Document> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  if (!valid) throw new Error(`Not valid OpenAPI: ${JSON.stringify(errors)}`);
  if (validator.version !== '3.1') throw new Error(`Not OpenAPI 3.1: ${validator.version}`);
  return validator.resolveRefs() as unknown as Document;
}

export function schemaOf(document: Document, name: string): AnySchemaObject {
  const schema = document.components.schemas[name];
  if (schema === undefined) throw new Error(`No such schema: ${name}`);
  return schema;
}

/** Why a value does not fit a schema; empty where it does. */
export function faultsOf(schema: AnySchemaObject, value: unknown): string {
  const validate = ajv.compile(schema);
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/** Why a value does not fit a schema to which no member may be added; empty where it does. */
export function faultsOfClosed(schema: AnySchemaObject, value: unknown): string {
  const strict = closedOnes.get(schema) ?? closed(schema);
  closedOnes.set(schema, strict);
  return faultsOf(strict, value);
}

/** The same schema, but no object may have a member that it does not describe. */
export function closed<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed) as T;
  const members = Object.entries(schema).map(([name, value]) => [name, closed(value)] as const);
  const more = 'properties' in schema ? { additionalProperties: false } : {};
  return { ...Object.fromEntries(members), ...more } as T;
}

/** What the document says of a method's answers with a status. */
export function responseTo(
  document: Document,
  method: string,
  path: string,
  status: number,
): Response {
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  if (response === undefined) throw new Error(`Not described: ${status} to ${method} ${path}`);
  return response;
}

/** In how far an answer is not what is described, each a sentence. */
export function faultsOfAnswer(answer: Answer, described: Response): readonly string[] {
  const { status, headers, body } = answer;
  const faults: string[] = [];
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const media = described.content?.[type];
  if (described.content === undefined) {
    if (body !== '') faults.push(`${status} with a body is not described`);
  } else if (media === undefined) {
    faults.push(`${status} as ${type} is not described`);
  } else {
    const value: unknown = type.endsWith('json') ? JSON.parse(body) : body;
    const fault = faultsOfClosed(media.schema, value);
    if (fault !== '') faults.push(`${fault}: ${body}`);
  }
  return [...faults, ...faultsOfHeaders(headers, described.headers ?? {})];
}

function faultsOfHeaders(
  headers: Answer['headers'],
  described: Readonly<Record<string, Header>>,
): readonly string[] {
  const faults: string[] = [];
  const known = new Set(EVERYWHERE);
  for (const [name, { required = false, schema }] of Object.entries(described)) {
    known.add(name.toLowerCase());
    const text = headers[name.toLowerCase()];
    if (text === undefined) {
      if (required) faults.push(`${name} is missing`);
      continue;
    }
    const fault = faultsOf(schema, schema['type'] === 'integer' ? Number(text) : text);
    if (fault !== '') faults.push(`${name} is ${text}: ${fault}`);
  }
  for (const name of Object.keys(headers)) {
    if (!known.has(name)) faults.push(`${name} is not described`);
  }
  return faults;
}

/** Every example of a body in the document, with the schema of it and where it stands. */
export function* bodyExamples(document: Document): Generator<[string, AnySchemaObject, unknown]> {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { requestBody, responses }] of Object.entries(operations)) {
      yield* mediaExamples(`${method} ${path}`, requestBody?.content ?? {});
      for (const [status, { content = {} }] of Object.entries(responses)) {
        yield* mediaExamples(`${status} to ${method} ${path}`, content);
      }
    }
  }
  for (const [name, { content = {} }] of Object.entries(document.components.responses)) {
    yield* mediaExamples(name, content);
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const value of schema['examples'] ?? []) yield [name, schema, value];
  }
}

function* mediaExamples(
  where: string,
  content: Readonly<Record<string, Media>>,
): Generator<[string, AnySchemaObject, unknown]> {
  for (const { schema, example, examples = {} } of Object.values(content)) {
    if (example !== undefined) yield [where, schema, example];
    for (const { value } of Object.values(examples)) yield [where, schema, value];
  }
}
