/**
 * What a client sends, read strictly: gateways let nothing else into the queue, and workers check
 * once more what comes out of it.
 *
 * A name is a part of a key in Redis and of a path on the disk. Its alphabet has neither dots nor
 * slashes, so it can lead to no other key and out of no folder.
 */

export interface Upload {
  readonly objectId: string;
  readonly sizeInByte: number;
  readonly bucketName: string;
  /** What the user calls it: kept with the object, and never a path. */
  readonly fileName: string;
}

/** An upload that was accepted, as it travels through the queue and lies in the store. */
export interface AcceptedObject extends Upload {
  /** Given by the gateway that accepted it, and known to the client. */
  readonly id: string;
  readonly userId: string;
}

export interface Fault {
  readonly field: string;
  /** The field, the value and what is wanted. */
  readonly detail: string;
}

interface Rule {
  readonly wanted: string;
  readonly isGood: (value: unknown) => boolean;
}

type Rules = Readonly<Record<string, Rule>>;

const NAME: Rule = {
  wanted: '1 to 64 letters, digits, - or _',
  isGood: (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value),
};

export const USER_RULES: Rules = { userId: NAME };

export const UPLOAD_RULES: Rules = {
  objectId: NAME,
  sizeInByte: {
    wanted: 'a whole number from 0',
    isGood: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  },
  bucketName: NAME,
  fileName: {
    wanted: '1 to 255 characters without /, \\ and control characters',
    isGood: (value) => typeof value === 'string' && /^[^/\\\p{Cc}\p{Cs}]{1,255}$/u.test(value),
  },
};

export const OBJECT_RULES: Rules = { id: NAME, ...USER_RULES, ...UPLOAD_RULES };

/** What is wrong with it; null where it has all fields of the rules, and no other. */
export function faultIn(value: unknown, rules: Rules): Fault | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { field: 'body', detail: `the body must be a JSON object, is ${shown(value)}` };
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [field, { wanted, isGood }] of Object.entries(rules)) {
    if (!isGood(fields[field])) {
      return { field, detail: `${field} must be ${wanted}, is ${shown(fields[field])}` };
    }
  }
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(rules, field));
  if (unknown === undefined) return null;
  const known = Object.keys(rules).join(', ');
  return { field: unknown, detail: `${shown(unknown)} is not a field; the fields are ${known}` };
}

const MOST_SHOWN = 80;

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
