/** Answers deciders in the exchanger's place while they run through what they will be asked. */
import type { FromExchanger } from '../lease/ask-messages.ts';
import { type PackedAsks, packAnswers, unpackAsks } from '../lease/packed.ts';

/** Says what the exchanger would where all keys are new. */
export function answersTo(packed: PackedAsks): Float64Array {
  const answers: FromExchanger[] = [];
  for (const message of unpackAsks(packed)) {
    if (message.kind !== 'ask') continue;
    const { id, limit, cost } = message;
    const decision = {
      allowed: true,
      limit: limit.capacity,
      remaining: limit.capacity - cost,
      retryAfterMs: 0,
      resetAfterMs: 1_000,
      nextTokenMs: 1_000,
      degraded: false,
      source: 'store',
    } as const;
    answers.push({ kind: 'decided', id, decision, seq: 1 });
  }
  return packAnswers(answers);
}
