/**
 * Builds in a decider all rules that come in pieces, policies and those of Envoy, and puts them in
 * force at once: until the last piece is there, whoever asks is decided by those before.
 */
import { assert } from '../lib/assert.ts';
import type { PolicyPiece } from '../policies/policy-pieces.ts';
import { PolicyReceiver, type PolicyReceiverParts } from '../policies/policy-receiver.ts';
import type { EnvoyBook } from './envoy-book.ts';
import type { EnvoyPart, EnvoyPiece } from './envoy-pieces.ts';
import { LiveDomain } from './live-domain.ts';

export interface RulesReceiverParts extends PolicyReceiverParts {
  readonly envoyBook: EnvoyBook;
}

export class RulesReceiver {
  readonly #parts: RulesReceiverParts;
  readonly #policies: PolicyReceiver;
  /** Nobody asks by these. */
  #aside = new Map<string, LiveDomain>();
  #last: LiveDomain | null = null;

  constructor(parts: RulesReceiverParts) {
    this.#parts = parts;
    this.#policies = new PolicyReceiver(parts);
  }

  receive(piece: PolicyPiece | EnvoyPiece): void {
    if (piece.kind === 'envoy') {
      for (const part of piece.parts) this.#add(part);
      return;
    }
    this.#policies.receive(piece);
    if (piece.kind === 'commit') this.#parts.envoyBook.replace(this.#aside);
    if (piece.kind !== 'build') this.#startAnew();
  }

  #startAnew(): void {
    this.#aside = new Map();
    this.#last = null;
  }

  #add(part: EnvoyPart): void {
    if (part.kind === 'rule') {
      assert(this.#last !== null, 'a rule follows its domain');
      this.#last.add(part.rule, part.place);
      return;
    }
    this.#last = new LiveDomain(part, this.#parts);
    this.#aside.set(this.#last.bytes, this.#last);
  }
}
