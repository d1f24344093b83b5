/**
 * Builds in a decider the policies that come in pieces, and puts all of them in force at once:
 * until the last piece is there, whoever asks is decided by those before.
 */
import { assert } from '../lib/assert.ts';
import type { WallClock } from '../lib/clock.ts';
import { LivePolicy } from './live-policy.ts';
import type { OpenWindows } from './open-windows.ts';
import type { PolicyBook } from './policy-book.ts';
import type { PolicyPart, PolicyPiece } from './policy-pieces.ts';

export interface PolicyReceiverParts {
  readonly book: PolicyBook;
  readonly windows: OpenWindows;
  readonly wall: WallClock;
}

export class PolicyReceiver {
  readonly #parts: PolicyReceiverParts;
  /** Nobody asks by these. */
  #aside = new Map<string, LivePolicy>();
  #last: LivePolicy | null = null;

  constructor(parts: PolicyReceiverParts) {
    this.#parts = parts;
  }

  receive(piece: PolicyPiece): void {
    switch (piece.kind) {
      case 'begin':
        this.#startAnew();
        break;
      case 'build':
        for (const part of piece.parts) this.#add(part);
        break;
      case 'commit':
        this.#parts.book.replace(this.#aside);
        this.#startAnew();
        break;
      default:
        piece satisfies never;
    }
  }

  #startAnew(): void {
    this.#aside = new Map();
    this.#last = null;
  }

  #add(part: PolicyPart): void {
    if (part.kind === 'override') {
      assert(this.#last !== null, 'an override follows its policy');
      this.#last.addOverride(part.override, part);
      return;
    }
    const { policy, places } = part;
    const { windows, wall } = this.#parts;
    this.#last = new LivePolicy(policy, { windows, wall, places });
    this.#aside.set(policy.name, this.#last);
  }
}
