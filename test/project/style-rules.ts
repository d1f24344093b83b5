/**
 * How files are named and made: what no formatter and no linter holds. Code in TypeScript is
 * formatted, and the linter counts the lines of functions; comments, scripts and tests are left.
 */
import { type Sources, withoutComments } from './source-rules.ts';

const MOST_LINES = 300;
const MOST_COLUMNS = 100;
/**
 * Of a function: the linter holds it for all but files of tests, where it would count describe().
 */
const MOST_LINES_A_TEST = 70;
const FORBIDDEN_NAMES = ['index', 'utils', 'common', 'types'];
/** A line of a comment, or one that ends in a comment. */
const COMMENT = /^\s*(\/?\*|\/\/)|[;,{}()[\]] \/\/ /;

/** Faults in how files are named and made, scripts in Lua among them. */
export function faultsOfStyle(sources: Sources): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.split('\n').slice(0, -1);
    const isScript = path.endsWith('.lua');
    const more = isScript ? faultsOfScript(path, lines) : faultsOfSource(path, text, lines);
    const tooLong = lines.length > MOST_LINES ? [`${path} has ${lines.length} lines`] : [];
    return [...faultsOfName(path), ...tooLong, ...more];
  });
}

function faultsOfName(path: string): readonly string[] {
  const faults: string[] = [];
  const name = path.split('/').at(-1) ?? '';
  const [stem = ''] = name.split('.');
  if (!/^[a-z\d]+([-.][a-z\d]+)*\.(ts|js|lua)$/.test(name)) faults.push(`${path} is no kebab-case`);
  if (FORBIDDEN_NAMES.includes(stem)) faults.push(`${path} does not say what it holds`);
  return faults;
}

function faultsOfScript(path: string, lines: readonly string[]): readonly string[] {
  const faults = widths(path, lines);
  const begins = lines[0]?.startsWith('--') === true;
  return begins ? faults : [...faults, `${path} does not begin by saying what it is`];
}

function faultsOfSource(path: string, text: string, lines: readonly string[]): readonly string[] {
  const faults = widths(path, lines, (line) => COMMENT.test(line));
  const isDefault = /^export (default\b|\{[^}]*\bas default\b)/m.test(withoutComments(text));
  // How others export theirs is not ours to say.
  if (isDefault && !path.endsWith('.d.ts')) {
    faults.push(`${path} has a default export`);
  }
  if (!/^(#!.*\n)?\/\*\*/.test(text)) faults.push(`${path} does not begin by saying what it is`);
  if (path.endsWith('.test.ts')) faults.push(...longTests(path, lines));
  return faults;
}

/**
 * Lines of a document that are too wide, but for those of tables, examples and headings, and for
 * links that stand alone: those are not cut.
 */
export function faultsOfDocument(path: string, markdown: string): readonly string[] {
  let isExample = false;
  return widths(path, markdown.split('\n'), (line) => {
    if (/^\s*```/.test(line)) isExample = !isExample;
    return !isExample && !/^\s*([|#]|(- )?\[[^\]]*\]\([^)]*\)[,.]?$)/.test(line);
  });
}

/** Lines that are too wide, of those that `isHeld` picks. */
function widths(
  path: string,
  lines: readonly string[],
  isHeld: (line: string) => boolean = () => true,
): string[] {
  return lines.flatMap((line, i) =>
    isHeld(line) && line.length > MOST_COLUMNS
      ? [`${path}:${i + 1} has ${line.length} columns`]
      : [],
  );
}

function longTests(path: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, i) => {
    if (!line.endsWith('=> {') || /^\s*describe/.test(line)) return [];
    const close = `${/^ */.exec(line)?.[0]}}`;
    const length = lines.slice(i + 1).findIndex((other) => other.startsWith(close));
    return length > MOST_LINES_A_TEST ? [`${path}:${i + 1} is a function of ${length} lines`] : [];
  });
}
