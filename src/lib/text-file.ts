/** Reads a file of text whole, or says why it cannot be: at once, whatever its path leads to. */
import { readFile, stat } from 'node:fs/promises';

export type TextReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'the service has no right to read it',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links lead in a circle',
};
const decoder = new TextDecoder('utf-8', { fatal: true });

/** `tooLarge` says what is wrong with a file of that size; null where nothing is. */
export async function readTextFile(
  path: string,
  tooLarge: (bytes: number) => string | null,
): Promise<TextReading> {
  try {
    const found = await stat(path);
    // Before it is read: what is no file may have no end, or never begin.
    if (!found.isFile())
      return { ok: false, fault: 'must be a file: a folder, a pipe or a device is none' };
    const fault = tooLarge(found.size);
    return fault === null ? textOf(await readFile(path)) : { ok: false, fault };
  } catch (error) {
    return { ok: false, fault: unreadable(error) };
  }
}

/** What the system said when something was to be read. */
export function unreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const why = REASONS[code ?? ''];
  return `cannot be read: ${why === undefined ? (code ?? error) : `${why} (${code})`}`;
}

function textOf(bytes: Uint8Array): TextReading {
  try {
    return { ok: true, text: decoder.decode(bytes) };
  } catch {
    return { ok: false, fault: 'must be UTF-8, and has bytes that are not' };
  }
}
