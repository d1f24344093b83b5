/**
 * Reads certificate, key and client CAs, again whenever they change, and hands them on as one: all
 * of them, or nothing where anything is wrong with them. Then those before go on.
 *
 * Used by the main thread. No other ever sees a file: so none can come by half of a pair.
 */
import { randomBytes } from 'node:crypto';
import type { WallClock } from '../lib/clock.ts';
import { FilesWatch, type Look } from '../lib/files-watch.ts';
import type { Log } from '../lib/log.ts';
import type { Timers } from '../lib/timers.ts';
import {
  CERTIFICATE_ENDS_S,
  type Cells,
  TLS_FILES_VALID,
  TLS_RELOADS_APPLIED,
  TLS_RELOADS_REFUSED,
} from '../metrics/cells.ts';
import { type Credentials, type Pems, TICKET_KEY_BYTES } from '../transport/tls/credentials.ts';
import {
  type CredentialTexts,
  checkCredentials,
  type TlsSettings,
} from '../transport/tls/read-credentials.ts';

/** Whoever gets hold of a key of tickets can read what was said by TLS 1.2 under it. */
export const NEW_TICKET_KEYS_MS: number = 24 * 3_600_000;
const SECOND_MS = 1_000;

export interface TlsLoadingParts {
  readonly settings: TlsSettings;
  readonly look: () => Promise<Look<CredentialTexts>>;
  /** Gives them to all threads that listen. */
  readonly handOn: (credentials: Credentials) => void;
  readonly cells: Cells;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly wall: WallClock;
  readonly timers: Timers;
}

/** Files that are wrong at the start. The message says what is. */
export class BadCredentials extends Error {}

type Loaded =
  | { readonly ok: true; readonly pems: Pems; readonly ends: string }
  | { readonly ok: false; readonly fault: string };

export class TlsLoading {
  readonly #parts: TlsLoadingParts;
  readonly #watch: FilesWatch<CredentialTexts>;
  /** Those in force. */
  #pems: Pems | null = null;

  constructor(parts: TlsLoadingParts) {
    this.#parts = parts;
    const { look, timers } = parts;
    this.#watch = new FilesWatch({ look, timers, load: async (texts) => this.#reload(texts) });
  }

  /**
   * Resolves with those that the threads begin with, and looks after the files from then on;
   * rejects with BadCredentials.
   */
  async start(): Promise<Credentials> {
    const first = await this.#parts.look();
    const loaded = this.#load(first.found);
    if (!loaded.ok) throw new BadCredentials(`argus: ${loaded.fault}`);
    this.#watch.begin(first);
    this.#newTicketKeysLater();
    return withTicketKeys(loaded.pems);
  }

  /** Loads what is there now, changed or not. */
  reload(): void {
    this.#watch.ask();
  }

  #reload(texts: CredentialTexts): void {
    const { cells, log, handOn } = this.#parts;
    const loaded = this.#load(texts);
    if (loaded.ok) {
      handOn(withTicketKeys(loaded.pems));
      cells.add(TLS_RELOADS_APPLIED, 1);
      log.info({ ends: loaded.ends }, 'certificate and key loaded again: new connections get them');
      return;
    }
    cells.add(TLS_RELOADS_REFUSED, 1);
    cells.set(TLS_FILES_VALID, 0);
    log.error(`certificate and key stay as they were: ${loaded.fault}`);
  }

  #load(texts: CredentialTexts): Loaded {
    const { settings, cells, wall, log } = this.#parts;
    const check = checkCredentials(settings, texts);
    if (!check.ok) return check;
    const { pems, begins, ends } = check;
    const nowMs = wall() / 1_000;
    // Served all the same: without it nobody would be answered, and clients may not look at it.
    const isOver = nowMs > ends.ms;
    if (isOver || nowMs < begins.ms) {
      const words = isOver ? `has ended: ${ends.text}` : `has not begun: ${begins.text}`;
      log.warn(`the certificate of TLS_CERT_FILE ${words}; clients that look at it will not ask`);
    }
    cells.set(CERTIFICATE_ENDS_S, ends.ms / SECOND_MS);
    cells.set(TLS_FILES_VALID, 1);
    this.#pems = pems;
    return { ok: true, pems, ends: ends.text };
  }

  #newTicketKeysLater(): void {
    const { timers, handOn } = this.#parts;
    timers.after(NEW_TICKET_KEYS_MS, () => {
      if (this.#pems !== null) handOn(withTicketKeys(this.#pems));
      this.#newTicketKeysLater();
    });
  }
}

function withTicketKeys(pems: Pems): Credentials {
  return { ...pems, ticketKeys: randomBytes(TICKET_KEY_BYTES) };
}
