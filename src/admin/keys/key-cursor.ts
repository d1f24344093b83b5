/**
 * Where the next page of keys begins: behind a key of a shard, or at its first. As text for a URL,
 * which holds as long as keys are found as they are now, and for the same filter alone: keys of
 * another start are elsewhere.
 *
 * It is no secret, and whoever makes one up is only told of other keys that he may see: the check
 * is for those who mix cursors up.
 */
import { hash } from 'node:crypto';
import type { Key } from '../../memory/key.ts';
import type { TableMemory } from '../../table/table-memory.ts';
import { keyId, LONGEST_ID, OF_IDS, readKeyId } from '../key-id.ts';
import type { KeyFilter } from './key-filter.ts';

export interface KeyPlace {
  readonly shard: number;
  /** Null for the first key of the shard. */
  readonly after: Key | null;
}

const CHECK_CHARACTERS = 16;
const PARTS = [`${OF_IDS}{${CHECK_CHARACTERS}}`, '[0-9]{1,7}', `${OF_IDS}{0,${LONGEST_ID}}`];
export const CURSOR_PATTERN: string = `^${PARTS.map((part) => `(${part})`).join('\\.')}$`;
const SHAPE = new RegExp(CURSOR_PATTERN);

export class KeyCursors {
  readonly #table: readonly unknown[];
  readonly #shardCount: number;

  constructor({ hashKey, shardCount, engine }: TableMemory) {
    this.#table = [hashKey.k0, hashKey.k1, shardCount, engine.kind];
    this.#shardCount = shardCount;
  }

  write({ shard, after }: KeyPlace, filter: KeyFilter): string {
    const place = `${shard}.${after === null ? '' : keyId(after)}`;
    return `${this.#checkOf(place, filter)}.${place}`;
  }

  /** Null for one of another start or filter, and for what is none. */
  read(text: string, filter: KeyFilter): KeyPlace | null {
    const [, check, shard, id = ''] = SHAPE.exec(text) ?? [];
    if (check === undefined || check !== this.#checkOf(`${shard}.${id}`, filter)) return null;
    const after = id === '' ? null : readKeyId(id);
    const isPlace = Number(shard) < this.#shardCount && (after !== null || id === '');
    return isPlace ? { shard: Number(shard), after } : null;
  }

  #checkOf(place: string, { prefix, policy, namespace, isDenied }: KeyFilter): string {
    const text = JSON.stringify([...this.#table, prefix, policy, namespace, isDenied, place]);
    return hash('sha256', text, 'base64url').slice(0, CHECK_CHARACTERS);
  }
}
