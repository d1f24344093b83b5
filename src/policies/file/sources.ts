/** Finds the files of rules: one file, or all of a folder in the order of their names. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, type Look } from '../../lib/files-watch.ts';
import { readTextFile, unreadable } from '../../lib/text-file.ts';
import { type Fault, faultText } from './fault.ts';
import type { RuleFile } from './read.ts';
import { MOST_CHARACTERS } from './yaml-text.ts';

export type FilesReading =
  | { readonly ok: true; readonly files: readonly RuleFile[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const EXTENSION = /\.ya?ml$/;
const MOST_FILES = 1_000;
/** Of UTF-8, as many as the characters may have. */
const MOST_BYTES = MOST_CHARACTERS * 4;

/** To tell whether the files say something else than before. */
export async function lookAt(path: string): Promise<Look<FilesReading>> {
  const found = await findFiles(path);
  const texts = found.ok
    ? found.files.flatMap(({ file, text }) => [file, text])
    : found.faults.map(faultText);
  return { found, identity: identityOf(texts) };
}

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
    return fault(path, unreadable(error));
  }
}

async function readAll(names: readonly string[]): Promise<FilesReading> {
  const files: RuleFile[] = [];
  const faults: Fault[] = [];
  let bytes = 0;
  const tooLarge = (more: number) => {
    bytes += more;
    if (bytes <= MOST_BYTES) return null;
    return `all files together must have at most ${MOST_BYTES} bytes, have ${bytes} with it`;
  };
  for (const file of names) {
    const reading = await readTextFile(file, tooLarge);
    if (reading.ok) files.push({ file, text: reading.text });
    else faults.push({ file, line: 0, column: 0, words: reading.fault });
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

function fault(file: string, words: string): FilesReading {
  return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
}
