/** Reads what a file of Envoy's has at a path, and tells what should not be there. */
import { shown } from '../../lib/shown.ts';

export type Path = readonly (string | number)[];

/** A file of YAML as plain values. */
export interface FileValues {
  readonly value: unknown;
  /** What stands there for a number, a boolean or text; null for anything else. */
  textAt(path: Path): string | null;
  /** The line where an object of the value begins. */
  lineOf(object: unknown): number;
  /** Told of each fault: where the value is, or where its name stands, and what is wrong. */
  faultAt(path: Path, words: string): void;
  faultAtName(path: Path, words: string): void;
}

/** Beyond that many nobody reads on. */
const MOST_FAULTS = 100;

export class FieldReader {
  /** Whether nothing was wrong so far. */
  isSound = true;
  readonly #values: FileValues;
  #faults = 0;

  constructor(values: FileValues) {
    this.#values = values;
  }

  fault(path: Path, words: string): void {
    if (this.#isToldOf()) this.#values.faultAt(path, words);
  }

  lineOf(object: unknown): number {
    return this.#values.lineOf(object);
  }

  /** Whether another fault is told of. */
  #isToldOf(): boolean {
    this.isSound = false;
    return ++this.#faults <= MOST_FAULTS;
  }

  /** What is there is not what is wanted. */
  wrong(path: Path, value: unknown, wanted: string): void {
    const is = Array.isArray(value) ? `a list of ${value.length}` : shown(value);
    this.fault(path, `must be ${wanted}, is ${is}`);
  }

  /** What is at a path by its names, of which there may be these; null where it has none. */
  fields(
    path: Path,
    names: readonly string[],
    refused: Readonly<Record<string, string>>,
  ): Readonly<Record<string, unknown>> | null {
    const value = this.#at(path);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.wrong(path, value, 'names of fields with their values');
      return null;
    }
    for (const [name, field] of Object.entries(value)) {
      const at = [...path, name];
      const isOff = field === null || field === false;
      const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
      if (names.includes(name) || (why !== undefined && isOff)) continue;
      if (this.#isToldOf()) this.#values.faultAtName(at, why ?? 'is not a field');
    }
    return value as Readonly<Record<string, unknown>>;
  }

  /** Empty where there is none. */
  list(path: Path, value: unknown, wanted: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.wrong(path, value, wanted);
    return [];
  }

  /** False where it is left out. */
  flag(path: Path, value: unknown): boolean {
    if (value === undefined || value === null) return false;
    if (typeof value === 'boolean') return value;
    this.wrong(path, value, 'true or false');
    return false;
  }

  /** As it stands there, also for 404 and true; empty where it is left out. */
  text(path: Path, value: unknown, wanted: string): string {
    if (value === undefined || value === null) return '';
    const text = typeof value === 'string' ? value : this.#values.textAt(path);
    if (text?.isWellFormed()) return text;
    this.wrong(path, value, wanted);
    return '';
  }

  #at(path: Path): unknown {
    let value = this.#values.value;
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<PropertyKey, unknown>)[step];
    }
    return value;
  }
}
