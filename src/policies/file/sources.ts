/** Finds the files of rules: one file, or all of a folder in the order of their names. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from './fault.ts';
import type { RuleFile } from './read.ts';
import { MOST_CHARACTERS } from './yaml-text.ts';

export type FilesReading =
  | { readonly ok: true; readonly files: readonly RuleFile[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const EXTENSION = /\.ya?ml$/;
const MOST_FILES = 1_000;

/** Where a folder's files are links, as Kubernetes makes them, what they lead to is read. */
export async function findFiles(path: string): Promise<FilesReading> {
  try {
    const names = (await stat(path)).isDirectory() ? await inFolder(path) : [path];
    if (names.length === 0)
      return fault(path, 'the folder must have a file *.yaml or *.yml, has none');
    if (names.length > MOST_FILES) {
      return fault(path, `the folder must have at most ${MOST_FILES} files, has ${names.length}`);
    }
    const files: RuleFile[] = [];
    for (const file of names) {
      const { size } = await stat(file);
      // Before it is read: it may be anything.
      if (size > MOST_CHARACTERS * 4) return fault(file, `the file is too large: ${size} bytes`);
      files.push({ file, text: await textOf(file) });
    }
    return { ok: true, files };
  } catch (error) {
    const { code, path: at } = error as NodeJS.ErrnoException;
    const words = error instanceof NotText ? error.message : `cannot be read: ${code ?? error}`;
    return fault(error instanceof NotText ? error.file : (at ?? path), words);
  }
}

async function inFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  // By their code units: the same order on every machine.
  return names
    .filter((name) => EXTENSION.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}

class NotText extends Error {
  readonly file: string;

  constructor(file: string) {
    super('must be UTF-8, and has bytes that are not');
    this.file = file;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new NotText(file);
  }
}

function fault(file: string, words: string): FilesReading {
  return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
}
