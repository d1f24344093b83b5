/** Counts what rules came to, those of single values apart where a file asks for that. */
import type { PolicyCounts, PolicyOutcome } from '../metrics/policy-cells.ts';
import { valueLabel } from './label.ts';
import type { Matched } from './matched.ts';
import type { ValueCounts } from './value-counts.ts';

export class EnvoyCounts {
  readonly #rules: PolicyCounts;
  readonly #values: ValueCounts;

  constructor(rules: PolicyCounts, values: ValueCounts) {
    this.#rules = rules;
    this.#values = values;
  }

  add({ domain, descriptor, live }: Matched, outcome: PolicyOutcome): void {
    const counted = live?.counted ?? null;
    if (live !== null && counted !== null) {
      const rule = valueLabel(live.way, counted, descriptor.entries);
      if (rule !== null && this.#values.add({ domain: domain.name, rule }, outcome)) return;
    }
    this.#rules.add(live?.place ?? domain.overridePlace, outcome);
  }
}
