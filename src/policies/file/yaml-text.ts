/**
 * YAML to plain values, with the place of each, in bounded time and memory.
 *
 * The package `yaml` reads the text. What it leaves to the caller is bounded here: it composes
 * nested values by recursion, looks for keys that are there twice in quadratic time, and lets
 * aliases multiply.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { cut, shown } from '../../lib/shown.ts';
import type { Fault } from './fault.ts';

/** Characters of all files together: several times what 10,000 rules take. */
export const MOST_CHARACTERS = 4_194_304;
/** Of all files together: several times what 10,000 rules have. Each may be a value. */
export const MOST_WORDS = 1_000_000;
/** Rules nest to eight. */
const MOST_DEPTH = 32;
/** Of a line, in columns. */
const MOST_INDENT = 256;
/** With all that aliases stand for. */
const MOST_VALUES = 1_000_000;
/** In 1.1 `yes` is true, and 010 is 8. */
const VERSION = '1.2';
/** Beyond that many nobody reads on. */
const MOST_FAULTS = 100;

export type Path = readonly PropertyKey[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Yaml {
  readonly file: string;
  /** Words and marks. */
  readonly words: number;
  /** Objects, arrays, strings, numbers, booleans and null. */
  readonly value: unknown;
  /** Where the value at a path begins; for what is not there, what would hold it. */
  placeOf(path: Path): Place;
  /** Where the name of a field stands. */
  placeOfName(path: Path): Place;
  /** The line where an object of the value begins; 0 for any other. */
  lineOf(object: unknown): number;
  /** What is written there, for text and for what reads as a number or a boolean; else null. */
  textAt(path: Path): string | null;
}

export type YamlReading =
  | { readonly ok: true; readonly yaml: Yaml }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** `mostWords`: words and marks that there may be. */
export function readYaml(file: string, text: string, mostWords = MOST_WORDS): YamlReading {
  const counter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const skim = skimmed(text, mostWords);
  if (typeof skim !== 'number') {
    return { ok: false, faults: [{ file, line: skim.line, column: 1, words: skim.fault }] };
  }
  // Twice the same key is looked for below, in linear time.
  const document = parseDocument(text, {
    lineCounter: counter,
    uniqueKeys: false,
    // Tags of YAML 1.1 would make values of which no places are known: ordered maps, sets, bytes.
    resolveKnownTags: false,
  });
  const version = document.directives?.yaml.version ?? VERSION;
  if (version !== VERSION) {
    const words = `must be YAML ${VERSION}, says that it is ${version}`;
    return { ok: false, faults: [{ file, ...placeAt(text.indexOf('%YAML')), words }] };
  }
  const faults = [...document.errors, ...document.warnings]
    .slice(0, MOST_FAULTS)
    .map(({ message, pos }) => ({ file, ...placeAt(pos[0]), words: firstLine(message) }));
  if (faults.length > 0) return { ok: false, faults };
  const walk = new Walk((offset, words) => ({ file, ...placeAt(offset), words }));
  const value = walk.valueOf(document.contents as ParsedNode | null, 0);
  if (walk.faults.length > 0) return { ok: false, faults: walk.faults };
  const placeOf = (path: Path, ofName: boolean) => placeAt(offsetOf(document, path, ofName));
  return {
    ok: true,
    yaml: {
      file,
      words: skim,
      value,
      placeOf: (path) => placeOf(path, false),
      placeOfName: (path) => placeOf(path, true),
      lineOf: (object) => {
        const offset = walk.offsets.get(object);
        return offset === undefined ? 0 : placeAt(offset).line;
      },
      textAt: (path) => textAt(document, path),
    },
  };
}

interface SkimFault {
  readonly line: number;
  readonly fault: string;
}

/** Words and marks; or what is nested too deep or too much, found without nesting or keeping it. */
function skimmed(text: string, mostWords: number): number | SkimFault {
  let words = 0;
  let line = 1;
  let flow = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    switch (token[0]) {
      case '[':
      case '{':
        flow++;
        break;
      case ']':
      case '}':
        flow--;
        break;
      case '-':
      case '?':
        // A dash is an indicator only where it stands alone.
        if (token.length === 1) inLine++;
        break;
      case ' ':
        if (inLine === 0 && token.length > MOST_INDENT) {
          return { line, fault: `a line must begin within ${MOST_INDENT} columns` };
        }
        break;
      default:
    }
    if (flow > MOST_DEPTH || inLine > MOST_DEPTH) {
      return { line, fault: `values must be nested at most ${MOST_DEPTH} deep, are deeper` };
    }
    if (token.trim() !== '' && token !== SCALAR && ++words > mostWords) {
      const wanted = `at most ${MOST_WORDS} words and marks`;
      return { line, fault: `all files together must have ${wanted}, have more` };
    }
    for (const character of token) {
      if (character !== '\n') continue;
      line++;
      inLine = 0;
    }
  }
  return words;
}

/** A token of the package's own, before each scalar. */
const SCALAR = '\x1f';

/** Goes through the nodes in the order of the text, so that an anchor is met before its aliases. */
class Walk {
  readonly faults: Fault[] = [];
  /** Where each object begins. */
  readonly offsets = new Map<unknown, number>();
  readonly #faultAt: (offset: number, words: string) => Fault;
  readonly #anchors = new Map<string, ParsedNode>();
  #values = 0;

  constructor(faultAt: (offset: number, words: string) => Fault) {
    this.#faultAt = faultAt;
  }

  valueOf(node: ParsedNode | null, depth: number): unknown {
    if (node === null) return null;
    const at = node.range[0];
    if (this.#values++ >= MOST_VALUES) return this.#tooMany(at);
    if (depth > MOST_DEPTH) {
      return this.#fault(at, `values must be nested at most ${MOST_DEPTH} deep, are deeper`);
    }
    if (isAlias(node)) return this.#aliased(node.source, at, depth);
    const value = this.#contentOf(node, depth);
    // Only now: a value that holds itself has no end.
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    return value;
  }

  #aliased(name: string, at: number, depth: number): unknown {
    const node = this.#anchors.get(name);
    if (node === undefined) return this.#fault(at, `*${cut(name)} has no anchor before it`);
    return this.valueOf(node, depth + 1);
  }

  #contentOf(node: ParsedNode, depth: number): unknown {
    if (isSeq(node)) return node.items.map((item) => this.valueOf(item as ParsedNode, depth + 1));
    if (isScalar(node)) return node.value;
    // No prototype: `__proto__` is a name like any other.
    const fields: Record<string, unknown> = Object.create(null);
    this.offsets.set(fields, node.range[0]);
    if (!isMap(node)) return fields;
    for (const { key, value } of node.items) {
      const at = (key as ParsedNode | null)?.range?.[0] ?? node.range[0];
      const name = nameOf(key as ParsedNode | null);
      if (name === null) this.#fault(at, 'a name must be text');
      else if (Object.hasOwn(fields, name)) this.#fault(at, `${shown(name)} is there twice`);
      else fields[name] = this.valueOf(value as ParsedNode | null, depth + 1);
    }
    return fields;
  }

  #fault(offset: number, words: string): null {
    if (this.faults.length < MOST_FAULTS) this.faults.push(this.#faultAt(offset, words));
    return null;
  }

  /** Said once: aliases of aliases would come here millions of times, and go no deeper. */
  #tooMany(offset: number): null {
    if (this.#values > MOST_VALUES + 1) return null;
    return this.#fault(offset, `a file must have at most ${MOST_VALUES} values, has more`);
  }
}

/** A name as it is written: `1` and `true` are names too. */
function nameOf(key: ParsedNode | null): string | null {
  if (!isScalar(key)) return null;
  return key.source ?? String(key.value);
}

const pairsOfMaps = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/**
 * The pairs of a map by their names. There may be as many faults as names: each map is gone through
 * once.
 */
function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairsOfMaps.get(map);
  if (known !== undefined) return known;
  const pairs = new Map(map.items.map((pair) => [nameOf(pair.key as ParsedNode) ?? '', pair]));
  pairsOfMaps.set(map, pairs);
  return pairs;
}

function textAt(document: Document, path: Path): string | null {
  let node = document.contents as ParsedNode | null;
  for (const step of path) {
    if (isAlias(node)) node = (node.resolve(document) as ParsedNode | undefined) ?? null;
    if (isSeq(node)) node = (node.items[Number(step)] as ParsedNode | undefined) ?? null;
    else if (isMap(node)) node = (pairsOf(node).get(String(step))?.value as ParsedNode) ?? null;
    else return null;
  }
  if (isAlias(node)) node = (node.resolve(document) as ParsedNode | undefined) ?? null;
  return isScalar(node) ? (node.source ?? null) : null;
}

/** Where in the text the value at a path begins, or of as much of the path as is there. */
function offsetOf(document: Document, path: Path, ofName: boolean): number {
  let node = document.contents as ParsedNode | null;
  let offset = node?.range[0] ?? 0;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = (node.resolve(document) as ParsedNode | undefined) ?? null;
    const isLast = i === path.length - 1;
    if (isSeq(node)) {
      node = (node.items[Number(step)] as ParsedNode | undefined) ?? null;
    } else if (isMap(node)) {
      const pair = pairsOf(node).get(String(step));
      const name = pair?.key as ParsedNode | undefined;
      node = (pair?.value as ParsedNode | null | undefined) ?? null;
      if (name !== undefined && (node === null || (isLast && ofName))) return name.range[0];
    } else {
      return offset;
    }
    if (node === null) return offset;
    offset = node.range[0];
  }
  return offset;
}

/** The package shows the text below its words. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
