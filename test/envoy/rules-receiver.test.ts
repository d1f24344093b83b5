/** Rules of both kinds come in pieces, and are put in force at one time, all or nothing. */
import { expect, test } from 'vitest';
import { EnvoyBook } from '../../src/envoy/envoy-book.ts';
import { type EnvoyPiece, piecesOfDomains } from '../../src/envoy/envoy-pieces.ts';
import { namesToPlace, placedDomains } from '../../src/envoy/placing.ts';
import { RulesReceiver } from '../../src/envoy/rules-receiver.ts';
import { readRules } from '../../src/policies/file/read.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { PolicyBook } from '../../src/policies/policy-book.ts';
import { distribute, type PolicyPiece } from '../../src/policies/policy-pieces.ts';
import { placed, policyOf } from '../policies/some-policies.ts';

class Decider {
  readonly book = new PolicyBook();
  readonly envoyBook = new EnvoyBook();
  /** What is in force after each piece. */
  readonly seen: string[] = [];
  readonly #receiver: RulesReceiver;

  constructor() {
    const windows = new OpenWindows(OpenWindows.reserve());
    const { book, envoyBook } = this;
    this.#receiver = new RulesReceiver({ book, envoyBook, windows, wall: () => 0 });
  }

  readonly receive = async (piece: PolicyPiece | EnvoyPiece): Promise<void> => {
    this.#receiver.receive(structuredClone(piece));
    this.seen.push(this.inForce);
  };

  get inForce(): string {
    const policies = [...this.book.all].map(({ name }) => name);
    const domains = [...this.envoyBook.all].map(({ name, rules }) => `${name} ${rules.length}`);
    return [...policies, ...domains].join(', ');
  }
}

function domainsOf(names: readonly string[], rules: number) {
  const files = names.map((name) => {
    const all = Array.from({ length: rules }, (_, i) => `  - {key: k, value: v${i}}\n`);
    return { file: name, text: `domain: ${name}\ndescriptors:\n${all.join('')}` };
  });
  const reading = readRules(files);
  if (!reading.ok) throw new Error('bad');
  const places = namesToPlace(reading.domains);
  return placedDomains(reading.domains, (name) => places.indexOf(name));
}

async function give(decider: Decider, policy: string, names: readonly string[], rules: number) {
  const domains = domainsOf(names, rules);
  const pieces = () => piecesOfDomains(domains);
  await distribute(placed(policyOf(policy)), [decider.receive], pieces);
}

test('until the last piece is there, all rules are those before', async () => {
  const decider = new Decider();
  await give(decider, 'a', ['one'], 200);
  expect([...new Set(decider.seen)]).toEqual(['', 'a, one 200']);
  decider.seen.length = 0;
  await give(decider, 'b', ['two', 'three'], 150);
  expect(decider.seen.length).toBeGreaterThan(6);
  expect([...new Set(decider.seen)]).toEqual(['a, one 200', 'b, two 150, three 150']);
});

test('what was begun and never put in force is thrown away', async () => {
  const decider = new Decider();
  await decider.receive({ kind: 'begin' });
  for (const piece of piecesOfDomains(domainsOf(['half'], 3))) await decider.receive(piece);
  await give(decider, 'a', ['whole'], 1);
  expect(decider.inForce).toBe('a, whole 1');
});

test('a piece is small', () => {
  const sizes = [...piecesOfDomains(domainsOf(['d'], 1_000))].map(({ parts }) => parts.length);
  expect(Math.max(...sizes)).toBe(64);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_001);
});

test('rules are nested again as they were', async () => {
  const text = `domain: d
descriptors:
  - key: a
    descriptors:
      - key: b
        descriptors: [{key: c}]
      - {key: d}
  - {key: e}
`;
  const reading = readRules([{ file: 'f', text }]);
  const decider = new Decider();
  const domains = reading.ok ? placedDomains(reading.domains, () => 0) : [];
  await distribute([], [decider.receive], () => piecesOfDomains(domains));
  const live = decider.envoyBook.find('d');
  const depthOf = (...keys: string[]) => live?.match(keys.flatMap((key) => [key, '']))?.rule.depth;
  expect([depthOf('a'), depthOf('a', 'b', 'c'), depthOf('a', 'd'), depthOf('e')]).toEqual([
    1, 3, 2, 1,
  ]);
  expect([depthOf('b'), depthOf('a', 'e'), depthOf('a', 'b', 'd')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
