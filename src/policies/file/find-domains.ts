/** Whether files of rules have any of Envoy, before they are read: that may take seconds of CPU. */
import type { RuleFile } from './read.ts';
import { findFiles } from './sources.ts';

/** A key of such a file at the begin of a line: nothing that is within something stands there. */
const IN_LINES = /^["']?(?:domain|descriptors)["']?[ \t]*:(?:\s|$)/m;
/** As JSON has it, among what comes first. */
const IN_BRACES = /^(?:\s|#.*\n|---)*\{[^{}[\]]*(?<!\w)(?:domain|descriptors)["']?\s*:/;

/** Of a file, or of the files of a folder; false where they cannot be read. */
export async function hasDomains(path: string): Promise<boolean> {
  const found = await findFiles(path);
  return found.ok && found.files.some(hasDomain);
}

function hasDomain({ text }: RuleFile): boolean {
  return IN_LINES.test(text) || IN_BRACES.test(text);
}
