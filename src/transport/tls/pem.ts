/** The blocks of a PEM file, or where one of them is torn. */

export interface PemBlock {
  /** What it says that it is, such as `CERTIFICATE`. */
  readonly label: string;
  /** All of it, its first line and its last. */
  readonly text: string;
}

export type PemReading =
  | { readonly ok: true; readonly blocks: readonly PemBlock[] }
  | { readonly ok: false; readonly fault: string };

const EDGE = /^-----(BEGIN|END) ([^\r\n]*?)-----[ \t]*$/gm;

/**
 * What stands between blocks is not looked at. A block that does not end is a fault, and not, as
 * for OpenSSL, the end of the file: a file that was cut would pass for a shorter one.
 */
export function readPem(text: string): PemReading {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly at: number } | null = null;
  for (const { 0: line, 1: edge, 2: label = '', index } of text.matchAll(EDGE)) {
    if (edge === 'BEGIN') {
      if (open !== null) return torn(open.label, blocks.length);
      open = { label, at: index };
    } else {
      if (open?.label !== label) return torn(label, blocks.length);
      blocks.push({ label, text: text.slice(open.at, index + line.length) });
      open = null;
    }
  }
  if (open !== null) return torn(open.label, blocks.length);
  // A last line that is not whole is no edge: its dashes show that it was to be one.
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const isCut = /^-+/.test(last) && !/^-----END [^\r\n]*-----[ \t]*$/.test(last);
  return isCut ? torn('block', blocks.length) : { ok: true, blocks };
}

function torn(label: string, before: number): PemReading {
  const which = before === 0 ? 'its first block' : `block ${before + 1}`;
  return { ok: false, fault: `is not whole: ${which}, ${label}, has no beginning or no end` };
}
