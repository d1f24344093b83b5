/** Policies in pieces: what comes out is what went in, all at once, and no piece is large. */
import { describe, expect, test } from 'vitest';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import type { Policy } from '../../src/policies/policy.ts';
import { PolicyBook } from '../../src/policies/policy-book.ts';
import { distribute, type PolicyPiece, piecesOf } from '../../src/policies/policy-pieces.ts';
import { PolicyReceiver } from '../../src/policies/policy-receiver.ts';
import { override, placed, policyOf } from './some-policies.ts';

/** A decider as far as policies go. */
class Decider {
  readonly book = new PolicyBook();
  readonly pieces: PolicyPiece[] = [];
  readonly #receiver = new PolicyReceiver({
    book: this.book,
    windows: new OpenWindows(OpenWindows.reserve()),
    wall: () => 0,
  });

  /** As it comes over a port: a copy. */
  readonly receive = async (piece: PolicyPiece): Promise<void> => {
    this.pieces.push(piece);
    this.#receiver.receive(structuredClone(piece));
  };

  /** The names of the policies in force. */
  get names(): readonly string[] {
    return [...this.book.all].map(({ name }) => name);
  }

  capacityFor(key: string, policy = 'a'): number | undefined {
    const holding = this.book.find(policy)?.for(key);
    return holding?.kind === 'limits' ? holding.limits[0]?.capacity : undefined;
  }
}

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `key:${i}`);
}

/** A policy of which each of so many keys has a capacity of its own: 100 and up. */
function large(count: number): Policy {
  return policyOf('a', { overrides: keysOf(count).map((key, i) => override([key], 100 + i)) });
}

describe('what is distributed', () => {
  test('is in force in all deciders, with its places', async () => {
    const deciders = [new Decider(), new Decider()];
    const policies = placed(policyOf('a'), policyOf('b', { dryRun: true }));
    await distribute(
      policies,
      deciders.map(({ receive }) => receive),
    );
    for (const { names, book } of deciders) {
      expect(names).toEqual(['a', 'b']);
      expect(book.find('b')).toMatchObject({ isDry: true, places: [1] });
    }
  });

  test('takes the place of all that was there', async () => {
    const decider = new Decider();
    await distribute(placed(policyOf('a'), policyOf('b')), [decider.receive]);
    await distribute(placed(policyOf('b'), policyOf('c')), [decider.receive]);
    expect(decider.names).toEqual(['b', 'c']);
    expect(decider.book.find('a')).toBeUndefined();
  });

  test('is in force nowhere until all deciders have it', async () => {
    const [quick, slow] = [new Decider(), new Decider()];
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    const slowly = async (piece: PolicyPiece) => {
      if (piece.kind === 'build') await held;
      await slow.receive(piece);
    };
    const distributing = distribute(placed(policyOf('a')), [quick.receive, slowly]);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(quick.pieces.map(({ kind }) => kind)).toEqual(['begin', 'build']);
    expect(quick.names).toEqual([]);
    goOn();
    await distributing;
    expect([quick.names, slow.names]).toEqual([['a'], ['a']]);
  });

  test('goes to a decider one piece after the other', async () => {
    const decider = new Decider();
    let underWay = 0;
    let most = 0;
    const send = async (piece: PolicyPiece) => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      await decider.receive(piece);
      underWay--;
    };
    await distribute(placed(large(2_000)), [send]);
    expect(most).toBe(1);
  });
});

test('between two pieces a question is decided by what was there before', async () => {
  const decider = new Decider();
  await distribute(placed(policyOf('a', { overrides: [override(['key:*'], 7)] }), policyOf('b')), [
    decider.receive,
  ]);
  const seen = new Set<string>();
  await distribute(placed(large(2_000)), [
    async (piece) => {
      const before = [decider.capacityFor('key:1999'), decider.capacityFor('x'), ...decider.names];
      seen.add(before.join(' '));
      await decider.receive(piece);
    },
  ]);
  expect([...seen]).toEqual(['7 10 a b']);
  expect(decider.capacityFor('key:1999')).toBe(2_099);
  expect(decider.names).toEqual(['a']);
});

test('what was begun and never put in force is thrown away', async () => {
  const decider = new Decider();
  for (const piece of [{ kind: 'begin' } as const, ...piecesOf(placed(policyOf('half')))]) {
    await decider.receive(piece);
  }
  await distribute(placed(policyOf('whole')), [decider.receive]);
  expect(decider.names).toEqual(['whole']);
});

describe('pieces', () => {
  const sizeOf = (piece: PolicyPiece) =>
    piece.kind !== 'build'
      ? 0
      : piece.parts
          .map((part) => (part.kind === 'override' ? part.override.keys.length : 1))
          .reduce((sum, one) => sum + one, 0);

  //  overrides of one key; keys of one override; policies
  test.each([
    [20_000, 0, 1],
    [0, 20_000, 1],
    [0, 0, 3_000],
    [1, 1, 1],
  ])('are small: of %i overrides, of %i keys in one, of %i policies', (many, keys, policies) => {
    const overrides = keysOf(many).map((key) => override([key], 5));
    if (keys > 0) overrides.push(override(keysOf(keys), 6));
    const all = Array.from({ length: policies }, (_, i) => policyOf(`p${i}`, { overrides }));
    const sizes = [...piecesOf(placed(...all))].map(sizeOf);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    expect(sizes.length).toBeLessThan(200);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(policies + many + keys);
  });

  test('of one override keep its order among the others', async () => {
    const decider = new Decider();
    const overrides = [
      override([...keysOf(600), 'mine:*'], 1),
      override(['mine:1', 'yours:1'], 2),
      override(['*:1'], 3),
    ];
    await distribute(placed(policyOf('a', { overrides })), [decider.receive]);
    const keys = ['key:0', 'key:599', 'mine:1', 'yours:1', 'theirs:1', 'none'];
    expect(keys.map((key) => decider.capacityFor(key))).toEqual([1, 1, 1, 2, 3, 10]);
  });

  test('none at all: then no policy is in force', async () => {
    const decider = new Decider();
    await distribute(placed(policyOf('a')), [decider.receive]);
    await distribute([], [decider.receive]);
    expect(decider.names).toEqual([]);
  });
});
