/**
 * Texts of several namespaces in one type: what comes from outside is plain, and no plain text is
 * ever a text of another namespace.
 *
 * Plain text is well-formed Unicode. One of another namespace begins with half of a surrogate pair,
 * which well-formed text never has alone.
 */

/** What a text may be the name of. Their order is kept for ever: memory and stores count by it. */
export const NAMESPACES = ['plain', 'policy', 'envoy'] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** The first code unit of the namespace behind plain; the next follow. */
const FIRST_MARK = 0xd800;

/**
 * REQUIRES: `text` is well formed; in `policy` it is the limit's name, NUL, the policy's name, NUL,
 * the key.
 */
export function inNamespace(namespace: Exclude<Namespace, 'plain'>, text: string): string {
  return String.fromCharCode(FIRST_MARK + NAMESPACES.indexOf(namespace) - 1) + text;
}

/** Its place in NAMESPACES. REQUIRES: `text` is plain, or inNamespace() made it. */
export function namespaceOf(text: string): number {
  const number = text.charCodeAt(0) - FIRST_MARK;
  // Beyond these are the first halves of pairs, with which plain text may begin too.
  const isMark = number >= 0 && number < NAMESPACES.length - 1 && !isLowSurrogate(text);
  return isMark ? number + 1 : 0;
}

/** The text without what marks its namespace. */
export function withoutNamespace(text: string): string {
  return namespaceOf(text) === 0 ? text : text.slice(1);
}

/** Whether the second code unit is the second half of a pair. */
function isLowSurrogate(text: string): boolean {
  const code = text.charCodeAt(1);
  return code >= 0xdc00 && code <= 0xdfff;
}
