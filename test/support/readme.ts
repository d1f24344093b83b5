/** Takes the README apart: its fenced examples, the commands in them, and its tables. */

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

export function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, mark = '', text = '']) => ({
    mark,
    text,
  }));
}

/** The `$ curl …` commands of a console example, each with the answer below it. */
export function curlCalls(console: string): CurlCall[] {
  return console
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { ...curlCall(part.slice(0, end)), answer: part.slice(end + 1).trimEnd() };
    });
}

function curlCall(command: string): Omit<CurlCall, 'answer'> {
  const [program, ...words] = wordsOf(command);
  if (program !== 'curl') throw new Error(`Not a curl command: ${command}`);
  const headers: Record<string, string> = {};
  let url: URL | undefined;
  let body: string | undefined;
  let showsHead = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '-d') body = words[++i];
    else if (word === '-H') {
      const [name = '', value = ''] = (words[++i] as string).split(/: /);
      headers[name] = value;
    } else if (word === '-s') continue;
    else if (word === '-si') showsHead = true;
    else if (word.startsWith('-')) throw new Error(`No such flag here: ${word}`);
    else url = new URL(`http://${word}`);
  }
  if (url?.host !== 'localhost:8123') throw new Error(`Not of this service: ${command}`);
  const method = body === undefined ? 'GET' : 'POST';
  return { method, path: url.pathname, headers, body, showsHead };
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
