/**
 * Looks, when the client is imported, whether this Node can run it, and says so in one line if not.
 * Without that every call would fail with whatever the first missing function is, whatever
 * `onError` says. Imports nothing, so that it is the first to run.
 */

/** The oldest Node that runs it; that of `engines` in package.json. */
const OLDEST = [22, 12] as const;

/** What is wrong with a version such as `22.12.0`; null where nothing is. */
export function faultOfNode(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return null;
  return `The client of Argus needs Node ${OLDEST.join('.')} or newer, this is Node ${version}`;
}

const fault = faultOfNode(process.versions.node);
if (fault !== null) throw new Error(fault);
