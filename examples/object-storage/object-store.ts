/**
 * Where objects lie: `<folder>/<bucketName>/<objectId>`, and beside it `<objectId>.json`, which
 * says what it is. The latter is written last: an object is there when that is.
 *
 * A request describes an object and carries no bytes, so as many zeros stand in for them.
 */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedObject } from './upload.ts';

export class ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Done twice it comes to the same, so a job may be. REQUIRES: OBJECT_RULES hold for the object,
   * whose names lead out of the folder otherwise.
   */
  async store(object: AcceptedObject): Promise<void> {
    const { id, bucketName, objectId, sizeInByte } = object;
    const bucket = join(this.#folder, bucketName);
    await mkdir(bucket, { recursive: true });
    const path = join(bucket, objectId);
    await replace(path, id, (file) => file.truncate(sizeInByte));
    await replace(`${path}.json`, id, (file) => file.writeFile(`${JSON.stringify(object)}\n`));
  }
}

/** Whoever looks sees the file that was there before, or the whole new one. */
async function replace(
  path: string,
  id: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  // The same for each attempt, so that one that was cut short leaves nothing behind.
  const temporary = `${path}.${id}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
