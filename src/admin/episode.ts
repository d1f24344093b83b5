/**
 * Something that is counted each time and told twice: when it begins, and when it has been over for
 * a while, however often it came meanwhile.
 */
import type { EpisodeName, Happening } from './happenings.ts';

/** It is over once it has not come for this long. */
export const QUIET_S = 10;

export interface EpisodeKind {
  /** Of what is told first; what is told last has `-over` behind it. */
  readonly kind: EpisodeName;
  /** Cells that count it. */
  readonly cells: readonly number[];
  /** How often it must have come to be told at all; once, where left out. */
  readonly least?: number;
  /** A cell that counts what ends it; left out, time does. */
  readonly endsWith?: number;
  /** One sentence each. */
  readonly began: string;
  readonly over: string;
}

export class Episode {
  readonly #kind: EpisodeKind;
  #isTold = false;
  /** How often it has come in this episode; 0 between two. */
  #times = 0;
  #sinceUs = 0;
  #lastUs = 0;

  constructor(kind: EpisodeKind) {
    this.#kind = kind;
  }

  /** `grown`: by how much a cell has grown since the last look. */
  look(grown: (cell: number) => number, nowUs: number): Happening | null {
    const { kind, cells, least = 1, endsWith, began, over } = this.#kind;
    const times = cells.reduce((all, cell) => all + grown(cell), 0);
    if (times > 0) {
      if (this.#times === 0) this.#sinceUs = nowUs;
      this.#times += times;
      this.#lastUs = nowUs;
      if (this.#isTold || this.#times < least) return null;
      this.#isTold = true;
      return { kind, what: began, detail: { times: this.#times } };
    }
    const isOver =
      endsWith === undefined ? nowUs - this.#lastUs >= QUIET_S * 1_000_000 : grown(endsWith) > 0;
    if (this.#times === 0 || !isOver) return null;
    const detail = {
      times: this.#times,
      seconds: Math.round((this.#lastUs - this.#sinceUs) / 1_000_000),
    };
    const wasTold = this.#isTold;
    this.#times = 0;
    this.#isTold = false;
    return wasTold ? { kind: `${kind}-over`, what: over, detail } : null;
  }
}
