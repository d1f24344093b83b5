/**
 * JSON Schemas that are held to the types of what is told: a member that a report has and its
 * schema has not, or that may be null or missing in the one alone, is no program.
 */

type Json = Readonly<Record<string, unknown>>;

declare const TELLS: unique symbol;

/** A schema of all that this type may be, and of nothing else. */
export interface Schema<T> {
  readonly [keyword: string]: unknown;
  /** For the compiler: both ways, so that no type passes for a wider one. */
  readonly [TELLS]?: (value: T) => T;
}

/** Of a member that may be missing. */
interface Missing<T> {
  readonly ifThere: Schema<T>;
}

export type Members<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Missing<Exclude<T[K], undefined>>
    : Schema<T[K]>;
};

/** One that has a name in the document. */
export interface NamedSchema<T> {
  readonly name: string;
  readonly schema: Schema<T>;
  readonly ref: Schema<T>;
}

export function text(description: string, more: object = {}): Schema<string> {
  return { type: 'string', description, ...more };
}

export function flag(description: string): Schema<boolean> {
  return { type: 'boolean', description };
}

/** A whole number, from 0 on. */
export function count(description: string, more: object = {}): Schema<number> {
  return { type: 'integer', minimum: 0, description, ...more };
}

/** A number, from 0 on. */
export function amount(description: string, more: object = {}): Schema<number> {
  return { type: 'number', minimum: 0, description, ...more };
}

export function always<const T extends string | number | boolean>(value: T): Schema<T> {
  return { const: value };
}

export function oneOf<W extends string>(words: readonly W[], description: string): Schema<W> {
  return { type: 'string', enum: words, description };
}

export function list<T>(items: Schema<T>, description: string): Schema<readonly T[]> {
  return { type: 'array', items, description };
}

/** REQUIRES: the schema names its type. */
export function orNull<T>(schema: Schema<T>): Schema<T | null> {
  const { type, enum: words, ...more }: Json = schema;
  const values = Array.isArray(words) ? { enum: [...(words as unknown[]), null] } : {};
  return { type: [type, 'null'], ...more, ...values };
}

export function ifThere<T>(schema: Schema<T>): Missing<T> {
  return { ifThere: schema };
}

export function object<T>(members: Members<T>, description: string): Schema<T> {
  const all = Object.entries(members as Readonly<Record<string, Json>>);
  return {
    type: 'object',
    description,
    required: all.filter(([, { ifThere: missing }]) => missing === undefined).map(([name]) => name),
    properties: Object.fromEntries(all.map(([name, one]) => [name, one['ifThere'] ?? one])),
  };
}

/** An object with a member for each of these names, all alike. */
export function each<Name extends string, T>(
  names: readonly Name[],
  schema: Schema<T>,
  description: string,
): Schema<Readonly<Record<Name, T>>> {
  const properties = Object.fromEntries(names.map((name) => [name, schema]));
  return { type: 'object', description, required: names, properties };
}

export function anyOf<M extends Readonly<Record<string, object>>>(
  schemas: {
    readonly [K in keyof M]: Schema<M[K]>;
  },
): Schema<M[keyof M]> {
  return { anyOf: Object.values(schemas) };
}

export function named<T>(name: string, schema: Schema<T>): NamedSchema<T> {
  return { name, schema, ref: { $ref: `#/components/schemas/${name}` } };
}
