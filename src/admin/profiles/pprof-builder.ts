/**
 * Puts a profile together as pprof has it: https://github.com/google/pprof, proto/profile.proto.
 *
 * A location is a line of a function: JavaScript has no addresses.
 */
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  Location,
  Mapping,
  Function as PprofFunction,
  Profile,
  type SampleInput,
  StringTable,
} from 'pprof-format';

/** A function, as V8 names it. Lines count from 0, and are -1 where there are none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** What a value of a sample is, and its unit. */
export type ValueName = readonly [type: string, unit: string];

export interface PprofHead {
  readonly values: readonly ValueName[];
  /** What is looked at once in so many of its unit. */
  readonly period: { readonly of: ValueName; readonly is: number };
  readonly beganUs: number;
  readonly tookUs: number;
  /** What a reader is shown beside the numbers, a line each. */
  readonly comments: readonly string[];
}

export interface Sample {
  /** From where it was outwards. */
  readonly locations: readonly number[];
  /** As many as the head has names. */
  readonly values: readonly number[];
  readonly thread: string;
}

/** There is just one program. */
const MAPPING = 1;

export class PprofBuilder {
  readonly #strings = new StringTable();
  readonly #functions = new Map<string, PprofFunction>();
  readonly #locations = new Map<string, Location>();
  readonly #samples: SampleInput[] = [];

  /** The number of a location: a line of a function, from 1; 0 where it is not known. */
  location(frame: CallFrame, line: number): number {
    const of = this.#function(frame);
    const id = `${of.id}:${line}`;
    let known = this.#locations.get(id);
    if (known === undefined) {
      const lines = [{ functionId: of.id, line }];
      known = new Location({ id: this.#locations.size + 1, mappingId: MAPPING, line: lines });
      this.#locations.set(id, known);
    }
    return Number(known.id);
  }

  add({ locations, values, thread }: Sample): void {
    const label = [{ key: this.#text('thread'), str: this.#text(thread) }];
    this.#samples.push({ locationId: [...locations], value: [...values], label });
  }

  /** The file: compressed by gzip, as all readers of pprof take it. */
  async file(head: PprofHead): Promise<Uint8Array> {
    const { values, period, beganUs, tookUs, comments } = head;
    const profile = new Profile({
      sampleType: values.map((name) => this.#valueType(name)),
      sample: this.#samples,
      mapping: [
        new Mapping({
          id: MAPPING,
          filename: this.#text('argus'),
          hasFunctions: true,
          hasFilenames: true,
          hasLineNumbers: true,
        }),
      ],
      location: [...this.#locations.values()],
      function: [...this.#functions.values()],
      stringTable: this.#strings,
      timeNanos: BigInt(beganUs) * 1_000n,
      durationNanos: BigInt(tookUs) * 1_000n,
      periodType: this.#valueType(period.of),
      period: period.is,
      comment: comments.map((words) => this.#text(words)),
    });
    return promisify(gzip)(await profile.encodeAsync());
  }

  #function({ functionName, url, lineNumber }: CallFrame): PprofFunction {
    const id = `${lineNumber} ${functionName} ${url}`;
    let known = this.#functions.get(id);
    if (known === undefined) {
      const name = this.#text(functionName === '' ? '(anonymous)' : functionName);
      known = new PprofFunction({
        id: this.#functions.size + 1,
        name,
        systemName: name,
        filename: this.#text(fileOf(url)),
        startLine: lineNumber + 1,
      });
      this.#functions.set(id, known);
    }
    return known;
  }

  #valueType([type, unit]: ValueName): { type: number; unit: number } {
    return { type: this.#text(type), unit: this.#text(unit) };
  }

  #text(text: string): number {
    return this.#strings.dedup(text);
  }
}

/** Where the file is, so that a reader of pprof shows its lines. */
function fileOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  try {
    return fileURLToPath(url);
  } catch {
    // Code may call itself what it likes.
    return url;
  }
}
