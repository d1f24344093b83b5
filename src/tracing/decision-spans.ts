/** What spans tell of decisions. What they are exported by is known behind this alone. */
import type { Source } from '../contract/sources.ts';

/** What is asked, without its keys: those are what customers are called, and without end. */
export interface AskedSpan {
  /** How many questions are taken all or none; 1 for one alone. */
  readonly questions: number;
  /** Tokens of all of them. */
  readonly cost: number;
  readonly isStrict: boolean;
}

export interface DecidedSpan {
  readonly allowed: boolean;
  readonly degraded: boolean;
  readonly source: Source | undefined;
}

export interface DecisionSpans {
  /** Begins a span, for whoever asks just now, which ends when what it returns is called. */
  begin(asked: AskedSpan): (decided: DecidedSpan) => void;
  /** Exports what has ended, and waits for that, but not for long. */
  close(): Promise<void>;
}
