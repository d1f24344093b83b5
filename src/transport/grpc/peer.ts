/** Who calls on one connection of gRPC: what the token that it shows lets it do. */
import { type Grant, NOTHING, OPEN } from '../../access/grant.ts';
import { type Cells, GRPC } from '../../metrics/cells.ts';
import { ShownToken } from '../access/shown-token.ts';
import type { TokenGuard } from '../access/token-guard.ts';

const BEARER = /^bearer +(\S+) *$/i;

export interface PeerParts {
  readonly guard: TokenGuard;
  readonly cells: Cells;
}

/** What calls with the same header fields may do. */
export interface Permission {
  /** As it is now: tokens come and go. */
  readonly grant: Grant;
  /** Counts a call that was not let in. */
  refused(): void;
}

export class Peer {
  readonly #parts: PeerParts;
  readonly #address: string;
  /** What authorization said last, and the token in it. */
  #text = '';
  #shown: ShownToken | null = null;

  constructor(parts: PeerParts, address: string) {
    this.#parts = parts;
    this.#address = address;
  }

  /** `text`: what authorization says; undefined where it is not there. */
  permissionFor(text: string | undefined): Permission {
    return new ShownPermission(this.#parts, text === undefined ? null : this.#shownIn(text));
  }

  #shownIn(text: string): ShownToken | null {
    if (text === this.#text) return this.#shown;
    const token = BEARER.exec(text)?.[1];
    const address = this.#address;
    this.#text = text;
    this.#shown =
      token === undefined
        ? null
        : new ShownToken(this.#parts.guard, { token, address, place: GRPC });
    return this.#shown;
  }
}

class ShownPermission implements Permission {
  readonly #parts: PeerParts;
  readonly #shown: ShownToken | null;

  constructor(parts: PeerParts, shown: ShownToken | null) {
    this.#parts = parts;
    this.#shown = shown;
  }

  get grant(): Grant {
    if (this.#parts.guard.book.isOpen) return OPEN;
    return this.#shown === null ? NOTHING : this.#shown.grant;
  }

  refused(): void {
    const stranger = this.#shown === null ? 'no_token' : 'wrong_token';
    this.#parts.cells.refuseAccess(GRPC, this.grant === NOTHING ? stranger : 'forbidden');
  }
}
