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
/** Of UTF-8, as many as the characters may have. */
const MOST_BYTES = MOST_CHARACTERS * 4;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'the service has no right to read it',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links lead in a circle',
};

/** Where a folder's files are links, as Kubernetes makes them, what they lead to is read. */
export async function findFiles(path: string): Promise<FilesReading> {
  try {
    const names = (await stat(path)).isDirectory() ? await inFolder(path) : [path];
    if (names.length === 0)
      return fault(path, 'the folder must have a file *.yaml or *.yml, has none');
    if (names.length > MOST_FILES) {
      return fault(path, `the folder must have at most ${MOST_FILES} files, has ${names.length}`);
    }
    return await readAll(names);
  } catch (error) {
    return fault(path, wordsOf(error));
  }
}

async function readAll(names: readonly string[]): Promise<FilesReading> {
  const files: RuleFile[] = [];
  const faults: Fault[] = [];
  let bytes = 0;
  for (const file of names) {
    const told = (words: string) => faults.push({ file, line: 0, column: 0, words });
    try {
      const found = await stat(file);
      bytes += found.size;
      // Before it is read: what is no file may have no end, or never begin.
      if (!found.isFile()) told('must be a file: a folder, a pipe or a device is none');
      else if (bytes <= MOST_BYTES) files.push({ file, text: await textOf(file) });
      else told(`all files together must have at most ${MOST_BYTES} bytes, have ${bytes} with it`);
    } catch (error) {
      told(wordsOf(error));
    }
  }
  return faults.length === 0 ? { ok: true, files } : { ok: false, faults };
}

async function inFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  // By their code units: the same order on every machine.
  return entries
    .filter((one) => EXTENSION.test(one.name) && !one.name.startsWith('.') && !one.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
}

function wordsOf(error: unknown): string {
  if (error instanceof NotText) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  const why = REASONS[code ?? ''];
  return `cannot be read: ${why === undefined ? (code ?? error) : `${why} (${code})`}`;
}

class NotText extends Error {}

const decoder = new TextDecoder('utf-8', { fatal: true });

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new NotText('must be UTF-8, and has bytes that are not');
  }
}

function fault(file: string, words: string): FilesReading {
  return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
}
