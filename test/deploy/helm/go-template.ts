/**
 * Templates of Go, as far as the chart uses them: so that it is rendered where there is no helm.
 * Where there is one, a test holds that both render the same.
 */
import { type Functions, truth } from './functions.ts';

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'put'; readonly code: string }
  | { readonly kind: Block; readonly code: string; readonly yes: Node[]; readonly no: Node[] };

type Block = 'if' | 'with' | 'range' | 'define';

interface Scope {
  readonly dot: unknown;
  readonly variables: Map<string, unknown>;
}

const BLOCK = /^(if|with|range|define)\b\s*(.*)$/s;
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[()|,]|:=|=|\$?[\w.$]+|\S)/gy;

export class GoTemplates {
  readonly #defined = new Map<string, readonly Node[]>();
  readonly #functions: Functions;

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  /** Takes in what a file defines. */
  define(text: string): void {
    for (const node of parse(text)) {
      if (node.kind === 'define') this.#defined.set(JSON.parse(node.code), node.yes);
    }
  }

  render(text: string, root: unknown): string {
    return this.#all(parse(text), { dot: root, variables: new Map([['$', root]]) });
  }

  #all(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.#one(node, scope)).join('');
  }

  #one(node: Node, scope: Scope): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'put':
        return this.#put(node.code, scope);
      case 'if':
        return this.#all(truth(this.#value(node.code, scope)) ? node.yes : node.no, scope);
      case 'with': {
        const dot = this.#value(node.code, scope);
        return truth(dot) ? this.#all(node.yes, { ...scope, dot }) : this.#all(node.no, scope);
      }
      case 'range':
        return this.#range(node.code, node.yes, scope);
      case 'define':
        return '';
      default:
        return node satisfies never;
    }
  }

  #put(code: string, scope: Scope): string {
    const [, name, value] = /^(\$\w+) :?= (.*)$/s.exec(code) ?? [];
    if (name === undefined || value === undefined) return String(this.#value(code, scope));
    scope.variables.set(name, this.#value(value, scope));
    return '';
  }

  #range(code: string, body: readonly Node[], scope: Scope): string {
    const [, key, item, list] = /^(?:(\$\w+), (\$\w+) := )?(.*)$/s.exec(code) ?? [];
    const entries = Object.entries((this.#value(list ?? '', scope) ?? {}) as object);
    // Go goes through a map in the order of its keys.
    return entries
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, dot]) => {
        if (key !== undefined) scope.variables.set(key, name);
        if (item !== undefined) scope.variables.set(item, dot);
        return this.#all(body, { ...scope, dot });
      })
      .join('');
  }

  #value(code: string, scope: Scope): unknown {
    const tokens = [...code.matchAll(TOKEN)].map(([, token = '']) => token);
    const value = this.#pipeline(tokens, scope);
    if (tokens.length > 0) throw new Error(`${code}: ${tokens.join(' ')} is too much`);
    return value;
  }

  /** Takes tokens off the front: commands, each with the value of the one before as its last. */
  #pipeline(tokens: string[], scope: Scope): unknown {
    let value = this.#command(tokens, [], scope);
    while (tokens[0] === '|') {
      tokens.shift();
      value = this.#command(tokens, [value], scope);
    }
    return value;
  }

  #command(tokens: string[], last: readonly unknown[], scope: Scope): unknown {
    const name = tokens[0] ?? '';
    if (!/^[a-z]\w*$/i.test(name) || name === 'true' || name === 'false') {
      return this.#operand(tokens, scope);
    }
    tokens.shift();
    const given: unknown[] = [];
    while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')') {
      given.push(this.#operand(tokens, scope));
    }
    const all = [...given, ...last];
    if (name === 'include') return this.#include(all);
    const call = this.#functions[name];
    if (call === undefined) throw new Error(`there is no function ${name}`);
    return call(...all);
  }

  #include([name, dot]: readonly unknown[]): string {
    const nodes = this.#defined.get(String(name));
    if (nodes === undefined) throw new Error(`nothing defines ${name}`);
    return this.#all(nodes, { dot, variables: new Map([['$', dot]]) });
  }

  #operand(tokens: string[], { dot, variables }: Scope): unknown {
    const token = tokens.shift() ?? '';
    if (token === '(') {
      const value = this.#pipeline(tokens, { dot, variables });
      if (tokens.shift() !== ')') throw new Error('a bracket is not closed');
      return value;
    }
    if (/^("|-?\d|true$|false$)/.test(token)) return JSON.parse(token);
    const [first = '', ...members] = token.split('.');
    const from = first === '' ? dot : variables.get(first);
    const names = members.filter((member) => member !== '');
    return names.reduce((value, member) => (value as Record<string, unknown>)?.[member], from);
  }
}

/** Text and actions, blocks within blocks. */
function parse(text: string): Node[] {
  const root: Node[] = [];
  const open: { into: Node[]; node: Extract<Node, { yes: Node[] }> }[] = [];
  let into = root;
  let from = 0;
  const put = (piece: string) => into.push({ kind: 'text', text: piece });
  for (const found of text.matchAll(
    /(\s*\{\{-\s|\{\{)\s*(\/\*.*?\*\/|.*?)\s*(\s-\}\}\s*|\}\})/gs,
  )) {
    put(text.slice(from, found.index));
    from = found.index + found[0].length;
    const code = found[2] ?? '';
    const [, kind, rest = ''] = BLOCK.exec(code) ?? [];
    if (kind !== undefined) {
      const node = { kind: kind as Block, code: rest, yes: [], no: [] };
      into.push(node);
      open.push({ into, node });
      into = node.yes;
    } else if (code === 'else') into = open.at(-1)?.node.no ?? root;
    else if (code === 'end') into = open.pop()?.into ?? root;
    else if (!code.startsWith('/*')) into.push({ kind: 'put', code });
  }
  put(text.slice(from));
  return root;
}
