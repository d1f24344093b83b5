/**
 * Reads the file of tokens: all of it, or everything that is wrong with it.
 *
 * A line a token. Lines that are empty or begin with `#` say nothing.
 */
import { identityOf, type Look } from '../../lib/files-watch.ts';
import { readTextFile, type TextReading } from '../../lib/text-file.ts';
import { type FiledToken, readTokenLine } from './token-line.ts';

export type TokensReading =
  | { readonly ok: true; readonly tokens: readonly FiledToken[] }
  /** Each with the path of the file, and the line where it is about one. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** All threads get them in one message, and make a map of them in one turn. */
export const MOST_TOKENS = 1_000;
const MOST_BYTES = 1_048_576;
/** Beyond that many nobody reads on. */
const MOST_FAULTS = 100;

/** To tell whether it says something else than before. */
export async function lookAtTokens(path: string): Promise<Look<TextReading>> {
  const found = await readTextFile(path, tooLarge);
  return { found, identity: identityOf([String(found.ok), found.ok ? found.text : found.fault]) };
}

export function readTokens(file: string, found: TextReading): TokensReading {
  if (!found.ok) return { ok: false, faults: [`${file}: ${found.fault}`] };
  const { text } = found;
  const faults: string[] = [];
  const told = (line: number, words: string) => {
    if (faults.length >= MOST_FAULTS) return;
    faults.push(line === 0 ? `${file}: ${words}` : `${file}:${line}: ${words}`);
  };
  const tokens = tokensIn(text, told);
  const { length } = tokens;
  if (!text.endsWith('\n') && text !== '') {
    told(0, 'the last line must end with a line break: without one it may be half a line');
  } else if (faults.length === 0 && (length === 0 || length > MOST_TOKENS)) {
    told(0, `the file must have 1 to ${MOST_TOKENS} tokens, has ${length === 0 ? 'none' : length}`);
  }
  return faults.length === 0 ? { ok: true, tokens } : { ok: false, faults };
}

function tokensIn(
  text: string,
  told: (line: number, words: string) => void,
): readonly FiledToken[] {
  const tokens: FiledToken[] = [];
  const lineOfName = new Map<string, number>();
  const lineOfDigest = new Map<string, number>();
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const reading = readTokenLine(line);
    if (!reading.ok) {
      for (const words of reading.faults) told(i + 1, words);
      continue;
    }
    const { token } = reading;
    const [named, same] = [lineOfName.get(token.name), lineOfDigest.get(token.sha256)];
    if (named !== undefined)
      told(i + 1, `the name ${token.name} is there twice: see line ${named}`);
    if (same !== undefined) told(i + 1, `the token is there twice: see line ${same}`);
    lineOfName.set(token.name, i + 1);
    lineOfDigest.set(token.sha256, i + 1);
    tokens.push(token);
  }
  return tokens;
}

function tooLarge(bytes: number): string | null {
  return bytes <= MOST_BYTES ? null : `must have at most ${MOST_BYTES} bytes, has ${bytes}`;
}
