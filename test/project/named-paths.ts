/**
 * What documents and comments point to: links with their headings, and paths in words. Each check
 * is a function from text to a list of faults, so that a test can also hold it against a broken
 * text.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './readme.ts';

/**
 * A word with slashes or not that ends as a file of the project does, or begins with a folder of
 * it.
 */
const PATH = /^\.?[\w@*-][\w.@*-]*(?:\/[\w.@*-]+)*\/?$/;
const ENDING = /\w\.(ts|lua|py|sh|md|ya?ml|json|conf|service)$/;
const FOLDER = /^(\.ci|\.github|src|test|bench|examples|deploy|docs|findings)\//;
/** Made by a command, and in no repository. */
const MADE = ['bench/results'];
/** What begins a line, or comes behind a space: neither a URL nor what is quoted does. */
const COMMENT = /^\s*(?:\/\*|""")[\s\S]*?(?:\*\/|""")|(?:^|\s)(?:\/\/|--|#) .*$/gm;

/** Where the links of a document lead to nothing: no such file, or no such heading in it. */
export function faultsOfLinks(markdown: string, path: string): string[] {
  const faults: string[] = [];
  for (const link of linksOf(markdown)) {
    if (link.startsWith('https://')) continue;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, target))) faults.push(`${link}: no such path`);
    else if (anchor !== undefined) {
      const anchors = anchorsOf(file === '' ? markdown : readFileSync(join(ROOT, target), 'utf8'));
      if (!anchors.includes(anchor)) faults.push(`${link}: no such heading`);
    }
  }
  return faults;
}

/** Targets of all links, as they are written. */
export function linksOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
}

/** Paths in backquotes that are not there: neither in the project, nor beside the document. */
export function faultsOfPaths(markdown: string, path: string): string[] {
  const words = [...markdown.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(' '));
  return words.filter((word) => isPath(word) && !isThere(word, [dirname(path)])).map(faultOf);
}

/**
 * Paths in comments that are not there: neither in the project, nor beside the file, nor in src/.
 */
export function faultsOfComments(source: string, path: string): string[] {
  return [...source.matchAll(COMMENT)]
    .map(([comment]) => comment)
    .join('\n')
    .split(/[^\w./@*-]+/)
    .map((word) => word.replace(/\.+$/, ''))
    .filter((word) => isPath(word) && !isThere(word, [dirname(path), 'src']))
    .map(faultOf);
}

function isPath(word: string): boolean {
  return PATH.test(word) && (ENDING.test(word) || FOLDER.test(word));
}

function isThere(word: string, folders: readonly string[]): boolean {
  if (MADE.some((made) => word.startsWith(made))) return true;
  // What stands for several files is there where its folder is.
  const [whole = ''] = word.split('*');
  const path = whole === word ? word : dirname(`${whole}x`);
  return ['.', ...folders].some((from) => existsSync(join(ROOT, from, path)));
}

function faultOf(word: string): string {
  return `${word}: no such path`;
}

/** What leads to each heading, behind the #: as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const counts = new Map<string, number>();
  return [...withoutFences(markdown).matchAll(/^#{1,6} (.*)$/gm)].map(([, words = '']) => {
    const plain = words.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '');
    const anchor = plain.replaceAll(' ', '-');
    const before = counts.get(anchor) ?? 0;
    counts.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** A # in an example is no heading, and a bracket in it no link. */
function withoutFences(markdown: string): string {
  return markdown.replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, '');
}
