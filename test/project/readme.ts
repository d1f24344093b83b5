/** Takes the documents apart: their fenced examples, the commands in them, and their tables. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Document {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

export interface Example {
  /** What the fence is marked with: how a reader, and the test, takes it. */
  readonly mark: string;
  readonly text: string;
}

export interface CurlCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether the answer is shown with its status and header fields. */
  readonly showsHead: boolean;
  /** What stands below the command. */
  readonly answer: string;
}

export type Call = CurlCall | RedisCall;

export interface RedisCall {
  /** As redis-cli takes them. */
  readonly arguments: readonly string[];
  readonly answer: string;
}

/** What the examples of a reader stand in, which the tests run. */
const WITH_EXAMPLES = ['*.md', 'docs/**/*.md'];
/** All that is written for people. */
const FOR_PEOPLE = ['*.md', '{.github,bench,docs,examples,test}/**/*.md'];

/** Every document whose examples are run. */
export function documents(): Document[] {
  return documentsAt(WITH_EXAMPLES);
}

/** Every document there is. */
export function allDocuments(): Document[] {
  return documentsAt(FOR_PEOPLE);
}

function documentsAt(globs: readonly string[]): Document[] {
  return filesAt(globs).map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

/** Files of the project, from its root; none that npm has installed, wherever that is. */
export function filesAt(globs: readonly string[]): string[] {
  const exclude = ({ name }: { readonly name: string }) => name === 'node_modules';
  return globSync(globs, { cwd: ROOT, withFileTypes: true, exclude })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)).replaceAll('\\', '/'));
}

export function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, mark = '', text = '']) => ({
    mark,
    text,
  }));
}

/** The `$ curl …` and `$ redis-cli …` commands of a console example, each with its answer below. */
export function callsOf(console: string): Call[] {
  return console
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [program, ...words] = wordsOf(part.slice(0, end));
      const answer = part.slice(end + 1).trimEnd();
      if (program === 'redis-cli') return { arguments: words, answer };
      if (program === 'curl') return { ...curlCall(words), answer };
      throw new Error(`No such program here: ${program}`);
    });
}

function curlCall(words: readonly string[]): Omit<CurlCall, 'answer'> {
  const headers: Record<string, string> = {};
  let url: URL | undefined;
  let body: string | undefined;
  let method: string | undefined;
  let showsHead = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '-d') body = words[++i];
    else if (word === '-X') method = words[++i];
    else if (word === '-H') {
      const [name = '', value = ''] = (words[++i] as string).split(/: /);
      headers[name] = value;
    } else if (word === '-s') continue;
    else if (word === '-si') showsHead = true;
    else if (word.startsWith('-')) throw new Error(`No such flag here: ${word}`);
    else url = new URL(`http://${word}`);
  }
  if (url?.host !== 'localhost:8123') throw new Error(`Not of this service: ${words.join(' ')}`);
  method ??= body === undefined ? 'GET' : 'POST';
  return { method, path: `${url.pathname}${url.search}`, headers, body, showsHead };
}

/** As a shell splits them; single quotes are all it knows. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => (quoted ?? bare) as string,
  );
}

/** The cells of the rows below the header that starts with this cell. */
export function tableOf(markdown: string, firstHeading: string): string[][] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`));
  if (start === -1) throw new Error(`No table headed ${firstHeading}`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}
