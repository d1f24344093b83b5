/**
 * Sees what happens, by what threads count and say in shared memory: they do nothing for it. Used
 * by the admin thread, which looks once a second.
 */
import type { StoreStatus } from '../lease/store-status.ts';
import {
  AUTH_FAILURES,
  CERTIFICATE_ENDS_S,
  CLIENTS_CLOSED,
  CONNECTIONS_REFUSED,
  GOAWAY_REASONS,
  GOAWAYS,
  POLICIES_RULES,
  REGRESSIONS,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
  TABLE_FULL,
  TLS_RELOADS_APPLIED,
  TLS_RELOADS_REFUSED,
  TOKEN_PLACES,
  TOKENS,
  TOKENS_APPLIED,
  TOKENS_REFUSED,
  TRANSPORTS,
} from '../metrics/cells.ts';
import { Counted } from './counted.ts';
import { Episode, type EpisodeKind } from './episode.ts';
import type { EventName, Happening, HappeningDetail } from './happenings.ts';
import { StoreWatch } from './store-watch.ts';

/** Told each time it comes. */
interface Event {
  readonly kind: EventName;
  /** The cell that counts it. */
  readonly cell: number;
  /** One sentence. */
  readonly what: string;
  /** What is told beside it: cells by what they are called. */
  readonly detail: HappeningDetail;
}

const EVENTS: readonly Event[] = [
  {
    kind: 'reload',
    cell: RELOADS_APPLIED,
    what: 'The files of policies were read again, and hold',
    detail: { rules: POLICIES_RULES },
  },
  {
    kind: 'reload-refused',
    cell: RELOADS_REFUSED,
    what: 'The files of policies are wrong, as the log says: what held before holds on',
    detail: { rules: POLICIES_RULES },
  },
  {
    kind: 'tls-reload',
    cell: TLS_RELOADS_APPLIED,
    what: 'The files of TLS have changed: new connections get what they say',
    detail: { certificateEndsS: CERTIFICATE_ENDS_S },
  },
  {
    kind: 'tls-reload-refused',
    cell: TLS_RELOADS_REFUSED,
    what: 'The files of TLS are wrong, as the log says: what held before holds on',
    detail: { certificateEndsS: CERTIFICATE_ENDS_S },
  },
  {
    kind: 'tokens-reload',
    cell: TOKENS_APPLIED,
    what: 'The file of tokens was read again: those in it are in force, and no others',
    detail: { tokens: TOKENS },
  },
  {
    kind: 'tokens-reload-refused',
    cell: TOKENS_REFUSED,
    what: 'The file of tokens is wrong, as the log says: those before stay in force',
    detail: { tokens: TOKENS },
  },
];

/** As many wrong tokens as one may show by mistake. */
const LEAST_GUESSES = 5;

const EPISODES: readonly EpisodeKind[] = [
  {
    kind: 'table-full',
    cells: [TABLE_FULL],
    began: 'The table is full: keys that find no room share a bucket, which limits them more',
    over: 'The table has had room for every key for a while',
  },
  {
    kind: 'crowd',
    cells: eachOf(CONNECTIONS_REFUSED, TRANSPORTS),
    began: 'Connections are sent away: as many are open as MAX_CONNECTIONS allows',
    over: 'Connections are no longer sent away',
  },
  {
    kind: 'flood',
    cells: [GOAWAYS + GOAWAY_REASONS.indexOf('flood')],
    began: 'A connection of gRPC was ended: it sent a flood of frames, and no request',
    over: 'No connection of gRPC has sent a flood of frames for a while',
  },
  {
    kind: 'memory',
    cells: [CLIENTS_CLOSED],
    began: 'A client was closed: those of a thread made it hold more than MAX_CLIENT_BYTES',
    over: 'No client was closed for what it held for a while',
  },
  {
    kind: 'guessing',
    cells: eachOf(AUTH_FAILURES, TOKEN_PLACES),
    least: LEAST_GUESSES,
    began: 'Wrong tokens are shown: whoever does so has to wait longer each time',
    over: 'No wrong token was shown for a while',
  },
  {
    kind: 'store-forgot',
    cells: [REGRESSIONS],
    began: 'The store has forgotten what it had said: its buckets begin full',
    over: 'The store has forgotten nothing for a while',
  },
  {
    kind: 'snapshot-failed',
    cells: [SNAPSHOTS_FAILED],
    endsWith: SNAPSHOTS_WRITTEN,
    began: 'A snapshot was not written, as the log says: the last one stays',
    over: 'Snapshots are written again',
  },
];

export interface WatchParts {
  /** Each cell added up over all threads, as it is now. */
  readonly sums: Float64Array;
  /** Null where limits are not shared. */
  readonly store: StoreStatus | null;
  readonly isDraining: () => boolean;
}

export class Watch {
  readonly #isDraining: () => boolean;
  readonly #store: StoreWatch | null;
  readonly #episodes = EPISODES.map((kind) => new Episode(kind));
  #before: Float64Array;
  #isDrainTold = false;

  constructor({ sums, store, isDraining }: WatchParts) {
    this.#before = sums;
    this.#store = store === null ? null : new StoreWatch(store);
    this.#isDraining = isDraining;
  }

  /** What has happened since the last look. */
  look(sums: Float64Array, nowUs: number): readonly Happening[] {
    const before = this.#before;
    this.#before = sums;
    const grown = (cell: number) => (sums[cell] as number) - (before[cell] as number);
    const counted = new Counted(sums);
    const happenings: Happening[] = [];
    for (const { kind, cell, what, detail } of EVENTS) {
      if (grown(cell) === 0) continue;
      const told = Object.entries(detail).map(([name, of]) => [name, counted.of(of)] as const);
      happenings.push({ kind, what, detail: Object.fromEntries(told) });
    }
    for (const episode of this.#episodes) {
      const happening = episode.look(grown, nowUs);
      if (happening !== null) happenings.push(happening);
    }
    if (this.#store !== null) happenings.push(...this.#store.look(nowUs));
    return [...happenings, ...this.#lookAtPhase()];
  }

  #lookAtPhase(): readonly Happening[] {
    if (this.#isDrainTold || !this.#isDraining()) return [];
    this.#isDrainTold = true;
    const what = 'The service was told to stop: it answers what it is asked until it ends';
    return [{ kind: 'drain', what, detail: {} }];
  }
}

function eachOf(first: number, names: readonly unknown[]): readonly number[] {
  return names.map((_, place) => first + place);
}
