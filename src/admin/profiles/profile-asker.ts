/**
 * Asks the main thread for profiles of all threads, from the thread of the admin port. One at a
 * time: another would show what the first one costs.
 */
import * as v8 from 'node:v8';
import type { ProfileKind, TakenProfile } from './taken-profile.ts';

/** What the main thread is asked for. */
export type ProfileRequest =
  | { readonly kind: 'profile'; readonly of: ProfileKind; readonly seconds: number }
  /** Of the one that is being taken: what there is by now. */
  | { readonly kind: 'profile-end' };

export type ProfileAnswer =
  | { readonly kind: 'file'; readonly file: Uint8Array }
  | { readonly kind: 'busy' | 'ending' | 'unable'; readonly words: string };

/** The one that is being taken. */
interface Current {
  readonly taken: (taken: TakenProfile) => void;
  readonly gone: Promise<void>;
}

const NOBODY = Promise.resolve();

/** Where all threads can be looked at from another. */
const CAN_FROM = '26.1';

export interface ProfileAskerParts {
  readonly send: (request: ProfileRequest) => void;
  /** The file of what was taken. */
  readonly fileOf: (taken: TakenProfile) => Promise<Uint8Array>;
  /** Whether this Node can. */
  readonly isAble?: boolean;
}

export class ProfileAsker {
  readonly #parts: ProfileAskerParts;
  #current: Current | null = null;
  /** That the last one has been given. */
  #given = NOBODY;
  #isOver = false;

  constructor(parts: ProfileAskerParts) {
    this.#parts = parts;
  }

  /**
   * The file, after so many seconds. `gone` is called once it is begun, and resolves when who asked
   * has his answer, or waits for it no more: then it is taken to its end.
   */
  async ask(of: ProfileKind, seconds: number, gone: () => Promise<void>): Promise<ProfileAnswer> {
    const { send, fileOf, isAble = 'startHeapProfile' in v8 } = this.#parts;
    if (!isAble) {
      const words = `profiles need Node ${CAN_FROM} or later, this is ${process.version}`;
      return { kind: 'unable', words };
    }
    if (this.#isOver) return { kind: 'ending', words: 'the service is ending' };
    if (this.#current !== null) {
      return { kind: 'busy', words: 'a profile is being taken: ask again when it is done' };
    }
    const { promise, resolve } = Promise.withResolvers<TakenProfile>();
    const current = { taken: resolve, gone: gone() };
    this.#current = current;
    send({ kind: 'profile', of, seconds });
    void current.gone.then(() => {
      if (this.#current === current) send({ kind: 'profile-end' });
    });
    return { kind: 'file', file: await fileOf(await promise) };
  }

  /** Hears the main thread. */
  receive(taken: TakenProfile): void {
    this.#given = this.#current?.gone ?? NOBODY;
    this.#current?.taken(taken);
    this.#current = null;
  }

  /**
   * The service ends: what is being taken is given as far as it is, and nothing else begun.
   * Resolves once nobody waits for an answer.
   */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#current === null) return this.#given;
    this.#parts.send({ kind: 'profile-end' });
    return this.#current.gone;
  }
}
