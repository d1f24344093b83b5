/** Answers questions about keys, in the thread that may lock their shards. */
import type { Log } from '../../lib/log.ts';
import { shown } from '../../lib/shown.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { ACTS_OF_OPERATORS, ADMIN_ACTS, type Cells } from '../../metrics/cells.ts';
import { RecordDesk } from '../../table/record-desk.ts';
import { keyReport } from '../key-report.ts';
import { type Acting, act, type KeyAct } from './acts.ts';
import { type Explained, explain } from './explain.ts';
import {
  bucketById,
  bucketOf,
  type KeyName,
  type NamedBucket,
  textOfEnvoy,
  textOfPolicy,
} from './key-name.ts';
import { type KeyPage, KeyPages, type KeyPagesParts, type PageQuery } from './key-pages.ts';
import type { KeyAnswer, KeyQuestion } from './key-questions.ts';
import { limitsFor, type RuleBooks } from './rule-finder.ts';
import { type RulesReport, rulesReport } from './rules-report.ts';
import { type TrialReading, type TrialReport, tryQuestion } from './trial.ts';

export interface KeyAnswersParts extends KeyPagesParts {
  readonly books: RuleBooks;
  readonly limiter: Limiter;
  readonly isSharing: boolean;
  /** What was decided by policies and rules, of all threads. */
  readonly counts: SharedArrayBuffer;
  /** Reads a question as those who ask write it. */
  readonly read: (body: string) => TrialReading;
  readonly cells: Cells;
  readonly log: Pick<Log, 'info'>;
}

const CURSOR_WANTED =
  'cursor must be of this start of the service, and of the same prefix, policy, namespace and ' +
  'state, is not: begin again without one';
const NO_BUCKET = 'this key has no bucket, so nothing is in use: take from it by a question';

export class KeyAnswers {
  readonly #parts: KeyAnswersParts;
  readonly #pages: KeyPages;
  readonly #desk: RecordDesk;

  constructor(parts: KeyAnswersParts) {
    this.#parts = parts;
    this.#pages = new KeyPages(parts);
    this.#desk = new RecordDesk(parts.table);
  }

  async answer(question: KeyQuestion): Promise<KeyAnswer> {
    await this.#parts.turn();
    switch (question.kind) {
      case 'page':
        return await this.#page(question.query);
      case 'explain':
        return this.#explain(question.of);
      case 'rules':
        return told(rulesReport(this.#parts.books, this.#parts.counts, question.query));
      case 'try':
        return await this.#try(question.body);
      case 'act':
        return await this.#act(question);
      default:
        return question satisfies never;
    }
  }

  async #page(query: PageQuery): Promise<KeyAnswer> {
    const page = await this.#pages.page(query);
    return page === null ? bad('cursor', CURSOR_WANTED) : told(page);
  }

  #explain(of: KeyName): KeyAnswer {
    const named = this.#named(of);
    return 'words' in named ? named : told(this.#told(named));
  }

  async #try(body: string): Promise<KeyAnswer> {
    const reading = this.#parts.read(body);
    if (!reading.ok) return bad(reading.field, reading.fault);
    return told(await tryQuestion({ ...this.#parts, desk: this.#desk }, reading.question));
  }

  /** The bucket that was named, or the first; and all limits that the key has with its policy. */
  #told({ buckets, others }: Named): Explained {
    const parts = { ...this.#parts, desk: this.#desk };
    const [first] = buckets;
    const limits = others.map((one) => explain(parts, one));
    return { ...explain(parts, first), ...(limits.length === 0 ? {} : { limits }) };
  }

  async #act({ of, act: what, from }: KeyQuestion & { kind: 'act' }): Promise<KeyAnswer> {
    const named = this.#named(of);
    if ('words' in named) return named;
    const { buckets } = named;
    if (what.kind === 'used' && buckets.length > 1) {
      return bad('limit', 'limit must name one of the limits of the policy, is missing');
    }
    let done = false;
    for (const bucket of buckets) {
      const acting = await act({ ...this.#parts, desk: this.#desk }, bucket, what);
      if (acting.kind !== 'acted') return acting;
      done ||= acting.done;
      this.#note(bucket, what, from, acting);
    }
    if (what.kind === 'used' && !done) return { kind: 'unknown', words: NO_BUCKET };
    return told({ done, ...this.#told(named) });
  }

  #note({ key }: NamedBucket, what: KeyAct, from: string, { done }: Acting & { kind: 'acted' }) {
    const { cells, log } = this.#parts;
    if (!done) return;
    cells.add(ADMIN_ACTS + ACTS_OF_OPERATORS.indexOf(what.kind), 1);
    const { id, ...report } = keyReport(key.words, key.length);
    const { namespace, policy, limit } = report;
    const of = { id, namespace, policy, limit, key: shown(report.key) };
    log.info({ from, ...what, ...of }, `an operator changed a bucket: ${what.kind}`);
  }

  #named(of: KeyName): Named | (KeyAnswer & { readonly kind: 'unknown' }) {
    switch (of.by) {
      case 'id': {
        const bucket = bucketById(of.id);
        if (bucket === null) return unknown(`${shown(of.id)} is no id of a bucket`);
        return { buckets: [bucket], others: this.#othersOf(bucket) };
      }
      case 'plain':
        return { buckets: [bucketOf(of.key)], others: [] };
      case 'envoy':
        return { buckets: [bucketOf(textOfEnvoy(of.key))], others: [] };
      case 'policy':
        return this.#ofPolicy(of);
      default:
        return of satisfies never;
    }
  }

  #ofPolicy(of: KeyName & { readonly by: 'policy' }): Named | (KeyAnswer & { kind: 'unknown' }) {
    const { policy, limit, key } = of;
    const names = limitsFor(this.#parts.books, policy, key);
    const all = (names ?? []).map((name) => bucketOf(textOfPolicy(policy, name, key)));
    // One of a policy that is no longer there may still have a bucket.
    if (limit !== null) {
      return { buckets: [bucketOf(textOfPolicy(policy, limit, key))], others: all };
    }
    const [first, ...more] = all;
    if (first === undefined) return unknown(`there is no policy ${shown(policy)}`);
    return { buckets: [first, ...more], others: all };
  }

  /** All that its policy has for its key. */
  #othersOf({ key }: NamedBucket): readonly NamedBucket[] {
    const { policy, key: text, cut } = keyReport(key.words, key.length);
    if (policy === undefined || cut !== undefined) return [];
    const names = limitsFor(this.#parts.books, policy, text) ?? [];
    return names.map((name) => bucketOf(textOfPolicy(policy, name, text)));
  }
}

interface Named {
  readonly buckets: readonly [NamedBucket, ...NamedBucket[]];
  readonly others: readonly NamedBucket[];
}

/** The bucket after what was done to it. */
export type Acted = Explained & {
  /** Whether there was one. */
  readonly done: boolean;
};

type Report = KeyPage | Explained | Acted | RulesReport | TrialReport;

function told(report: Report): KeyAnswer {
  return { kind: 'told', json: JSON.stringify(report) };
}

function bad(field: string | undefined, fault: string): KeyAnswer {
  return { kind: 'bad', field, fault };
}

function unknown(words: string): KeyAnswer & { readonly kind: 'unknown' } {
  return { kind: 'unknown', words };
}
