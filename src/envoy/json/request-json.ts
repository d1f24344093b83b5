/**
 * RateLimitRequest in JSON, as protobuf writes its messages: fields by either of their names, large
 * numbers as text too, units by name or number.
 */
import { shown } from '../../lib/shown.ts';
import { bytesOf, type Descriptor, type LimitOverride, type RateLimitRequest } from '../request.ts';
import { unitNamed } from '../unit.ts';

export type JsonReading =
  | { readonly ok: true; readonly request: RateLimitRequest }
  | { readonly ok: false; readonly reason: 'bad_field' | 'unknown_field'; readonly fault: string };

const MOST_UINT32 = 0xffff_ffff;

export function readRequestJson(value: unknown): JsonReading {
  const reader = new JsonReader();
  const request = reader.request(value);
  return reader.fault ?? { ok: true, request };
}

type Fields = Readonly<Record<string, unknown>>;

/** Goes on where something is wrong, and keeps the first fault. */
class JsonReader {
  fault: (JsonReading & { readonly ok: false }) | null = null;

  request(value: unknown): RateLimitRequest {
    const fields = this.#fields('the request', value, ['domain', 'descriptors', 'hitsAddend']);
    return {
      domain: this.#text('domain', fields['domain']),
      descriptors: this.#list('descriptors', fields['descriptors']).map((one, i) =>
        this.#descriptor(`descriptors[${i}]`, one),
      ),
      hits: this.#whole('hitsAddend', fields['hitsAddend'], MOST_UINT32) ?? 0,
    };
  }

  #descriptor(at: string, value: unknown): Descriptor {
    const names = ['entries', 'limit', 'hitsAddend', 'isNegativeHits'];
    const fields = this.#fields(at, value, names);
    const isNegative = fields['isNegativeHits'] ?? false;
    if (typeof isNegative !== 'boolean') {
      this.#wrong(`${at}.isNegativeHits`, 'true or false', isNegative);
    }
    return {
      entries: this.#list(`${at}.entries`, fields['entries']).flatMap((one, i) =>
        this.#entry(`${at}.entries[${i}]`, one),
      ),
      limit: this.#limit(`${at}.limit`, fields['limit'] ?? null),
      hits: this.#whole(`${at}.hitsAddend`, fields['hitsAddend'], Number.MAX_SAFE_INTEGER),
      isNegative: isNegative === true,
    };
  }

  #entry(at: string, value: unknown): [string, string] {
    const { key, value: own } = this.#fields(at, value, ['key', 'value']);
    return [this.#text(`${at}.key`, key), this.#text(`${at}.value`, own)];
  }

  #limit(at: string, value: unknown): LimitOverride | null {
    if (value === null) return null;
    const fields = this.#fields(at, value, ['requestsPerUnit', 'unit']);
    const name = `${at}.requestsPerUnit`;
    const requests = this.#whole(name, fields['requestsPerUnit'], MOST_UINT32) ?? 0;
    return { requests, unit: this.#unit(`${at}.unit`, fields['unit'] ?? 0) };
  }

  #unit(at: string, value: unknown): number {
    if (Number.isInteger(value)) return value as number;
    const unit = typeof value === 'string' ? unitNamed(value) : undefined;
    if (unit === undefined && value !== 'UNKNOWN') this.#wrong(at, 'a unit, such as MINUTE', value);
    return unit?.number ?? 0;
  }

  #text(at: string, value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return bytesOf(value);
    this.#wrong(at, 'text', value);
    return '';
  }

  /** Null where it is left out. */
  #whole(at: string, value: unknown, most: number): number | null {
    if (value === undefined || value === null) return null;
    const isDigits = typeof value === 'string' && /^\d{1,20}$/.test(value);
    const number = isDigits ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0) {
      if (number <= most) return number;
      // Texts of more digits than a number has exactly come to as much as can be asked for.
      if (isDigits && most === Number.MAX_SAFE_INTEGER) return most;
    }
    this.#wrong(at, `a whole number from 0 to ${most}`, value);
    return null;
  }

  #list(at: string, value: unknown): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.#wrong(at, 'an array', value);
    return [];
  }

  /** By their names in JSON, of which only these may be there. */
  #fields(at: string, value: unknown, names: readonly string[]): Fields {
    const fields: Record<string, unknown> = {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#wrong(at, 'an object', value);
      return fields;
    }
    for (const [name, field] of Object.entries(value)) {
      const known = names.find((one) => one === name || snakeOf(one) === name);
      if (known !== undefined) fields[known] = field;
      else this.#told('unknown_field', `${at} has a field ${shown(name)}, which there is none of`);
    }
    return fields;
  }

  #wrong(at: string, wanted: string, value: unknown): void {
    this.#told('bad_field', `${at} must be ${wanted}, is ${shown(value)}`);
  }

  #told(reason: 'bad_field' | 'unknown_field', fault: string): void {
    this.fault ??= { ok: false, reason, fault };
  }
}

/** `hits_addend`, which the field is called where messages are described. */
function snakeOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
