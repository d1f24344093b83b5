/**
 * Puts what is in the file of a snapshot into a table: every bucket as it was, and refilled by the
 * time that has passed. What is full by now is left out.
 *
 * Invariant: no bucket has more than it had when the snapshot took it, and what that time gives.
 * Where keys have no room, those go that would be full first; what they lack is lacked by the
 * bucket that the keys of their shard share.
 */
import { forgettableFromUs } from '../bucket/kept-limit.ts';
import { type Bucket, fullBucket, refill } from '../bucket/token-bucket.ts';
import { isWindow } from '../bucket/window.ts';
import { Key } from '../memory/key.ts';
import { MOST_WINDOW_KINDS, type OpenWindows } from '../policies/open-windows.ts';
import { TableLoading } from '../table/table-loading.ts';
import type { TableMemory } from '../table/table-memory.ts';
import { type Block, FIRST_WORD, KEYS, OVERFLOWS, WINDOWS } from './block.ts';
import { endOfKeyAt, type Header, readKeyAt, readOverflow, readWindow } from './entries.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import { type Moment, timePassedUs } from './time-passed.ts';

export interface RestoreParts {
  readonly reader: SnapshotReader;
  readonly header: Header;
  /** Keys that the file has, as its survey counted them. */
  readonly keys: number;
  readonly table: TableMemory;
  readonly windows: OpenWindows;
  readonly now: Moment;
}

export interface Restored {
  /** Keys that have a bucket again. */
  readonly keys: number;
  /** Keys that had no room, and share one. */
  readonly crowdedOut: number;
  readonly passedUs: number;
  /** Whether an entry of a block that is whole could not be read. */
  readonly isStrange: boolean;
}

/** REQUIRES: the table has the hash key of the header. */
export function restore(parts: RestoreParts): Restored {
  return new Restoring(parts).run();
}

class Restoring {
  readonly #parts: RestoreParts;
  readonly #loading: TableLoading;
  readonly #nowUs: number;
  readonly #passedUs: number;
  /** From the clock that the file's times are of to that of now. */
  readonly #shiftUs: number;
  readonly #key = new Key();
  readonly #bucket: Bucket = fullBucket();
  readonly #starts: number[] = [];
  #keys = 0;
  #crowdedOut = 0;
  #windows = 0;
  #isStrange = false;

  constructor(parts: RestoreParts) {
    const { header, now } = parts;
    this.#parts = parts;
    this.#loading = new TableLoading(parts.table);
    this.#nowUs = now.monotonicUs;
    this.#passedUs = timePassedUs(header.taken, now);
    this.#shiftUs = now.monotonicUs - this.#passedUs - header.taken.monotonicUs;
  }

  run(): Restored {
    const { reader, keys, table } = this.#parts;
    const room = keys > table.maxKeys ? this.#roomFor(table.maxKeys) : new Room();
    reader.eachBlock((block) => {
      if (block.kind === KEYS) this.#placeKeys(block, room);
      if (block.kind === OVERFLOWS) this.#inherit(block);
      if (block.kind === WINDOWS) this.#openWindows(block);
    });
    return {
      keys: this.#keys,
      crowdedOut: this.#crowdedOut,
      passedUs: this.#passedUs,
      isStrange: this.#isStrange,
    };
  }

  /** Which of the keys have room, where there are more than `most`. */
  #roomFor(most: number): Room {
    const ends = new Float64Array(this.#parts.keys);
    let used = 0;
    this.#parts.reader.eachBlock((block) => {
      if (block.kind !== KEYS) return;
      for (const at of this.#startsIn(block)) {
        if (this.#take(block, at)) ends[used++] = forgettableFromUs(this.#bucket);
      }
    });
    return used > most ? Room.forLast(most, ends.subarray(0, used)) : new Room();
  }

  #placeKeys(block: Block, room: Room): void {
    const starts = this.#startsIn(block);
    // In a tree those put in first are above the others: so it is as good as balanced.
    let step = 2 ** Math.floor(Math.log2(starts.length));
    for (; step >= 1; step /= 2) {
      for (let i = step - 1; i < starts.length; i += 2 * step) {
        if (this.#take(block, starts[i] as number)) this.#place(room);
      }
    }
  }

  /** Places the key and the bucket that were read. */
  #place(room: Room): void {
    const [key, bucket] = [this.#key, this.#bucket];
    const nowUs = this.#nowUs;
    if (!room.has(forgettableFromUs(bucket))) {
      this.#loading.share(key, bucket, nowUs);
      this.#crowdedOut++;
    } else if (this.#loading.put(key, bucket, nowUs)) {
      this.#keys++;
    } else {
      this.#crowdedOut++;
    }
  }

  #inherit(block: Block): void {
    const { shards } = this.#parts.header;
    for (let i = 0; i < block.entries; i++) {
      const shard = readOverflow(block, this.#bucket);
      if (shard < 0 || shard >= shards || isWindow(this.#bucket)) {
        this.#isStrange = true;
        return;
      }
      this.#bringUp();
      this.#loading.inherit(this.#bucket, { shard, of: shards }, this.#nowUs);
    }
  }

  #openWindows(block: Block): void {
    for (let i = 0; i < block.entries; i++) {
      const window = readWindow(block);
      if (window === null) {
        this.#isStrange = true;
        return;
      }
      // Files of policies come and go: of kinds that nobody has any more the oldest are forgotten.
      if (this.#windows++ >= MOST_WINDOW_KINDS) return;
      const { kind, beginUs, endUs, calendarEndUs } = window;
      const [begin, end] = [beginUs + this.#shiftUs, endUs + this.#shiftUs];
      this.#parts.windows.restore(kind, { beginUs: begin, endUs: end, calendarEndUs });
    }
  }

  /** Where the entries of the block begin. */
  #startsIn(block: Block): readonly number[] {
    const starts = this.#starts;
    starts.length = 0;
    let at = FIRST_WORD;
    while (starts.length < block.entries) {
      const end = endOfKeyAt(block, at);
      if (end === 0) {
        this.#isStrange = true;
        break;
      }
      starts.push(at);
      at = end;
    }
    return starts;
  }

  /** Reads an entry, as it is now. False where nothing of it is used any more. */
  #take(block: Block, at: number): boolean {
    if (readKeyAt(block, at, this.#key, this.#bucket) === 0) {
      this.#isStrange = true;
      return false;
    }
    this.#bringUp();
    return forgettableFromUs(this.#bucket) > this.#nowUs;
  }

  #bringUp(): void {
    const bucket = this.#bucket;
    bucket.atUs += this.#shiftUs;
    if (isWindow(bucket)) return;
    // One that was used while the snapshot was taken is of a later time than the snapshot.
    bucket.atUs = Math.min(bucket.atUs, this.#nowUs);
    refill(bucket, this.#nowUs);
  }
}

/** Which buckets find room: by when they would be full, the last of them. */
class Room {
  readonly #fromUs: number;
  /** How many of those that are full just then have none. */
  #without: number;

  constructor(fromUs = Number.NEGATIVE_INFINITY, without = 0) {
    this.#fromUs = fromUs;
    this.#without = without;
  }

  static forLast(most: number, ends: Float64Array): Room {
    ends.sort();
    const without = ends.length - most;
    const fromUs = ends[without] as number;
    return new Room(fromUs, without - ends.indexOf(fromUs));
  }

  /** REQUIRES: it is asked of each bucket once. */
  has(fullUs: number): boolean {
    if (fullUs !== this.#fromUs) return fullUs > this.#fromUs;
    return this.#without-- <= 0;
  }
}
