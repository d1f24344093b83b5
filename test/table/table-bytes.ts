/** What a table takes of the memory. */
import type { TableMemory } from '../../src/table/table-memory.ts';

/** The bytes that all of it takes, once every part has been touched. */
export function bytesOf({ arena, shards, requests, holds, engine }: TableMemory): number {
  const parts = [arena, shards, requests];
  if (holds.kind === 'leases') parts.push(holds.memory);
  if (engine.kind === 'hash') parts.push(engine.memory);
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}
