/**
 * A decision by a policy as HTTP says it: the numbers of the limit that decided, and what each
 * limit says.
 */
import { checked, type Decision } from '../../../bucket/decision.ts';
import {
  ALLOWED_STATUS,
  policyItem,
  rateLimitItem,
  retryAfterSeconds,
} from '../../../contract/fields.ts';
import type { LimitDecision, PolicyDecision } from '../../../policies/asking.ts';
import { type Answer, type AnswerForm, formOf, sourceJson } from './answer.ts';

/** What `by` says where an override has decided. */
const BY_OVERRIDE = 'override';

export function policyAnswerTo(
  decision: PolicyDecision,
  { strict }: { readonly strict?: boolean },
  form: AnswerForm,
): Answer {
  return {
    status: decision.allowed ? ALLOWED_STATUS : form.deniedStatus,
    ...fieldsOf(decision),
    ...formOf(form, decision.allowed, () => policyDecisionJson(decision, strict !== undefined)),
  };
}

/** The header fields of a decision; '' and 0 for those that it has not. */
export function fieldsOf(
  decision: PolicyDecision,
): Pick<Answer, 'policy' | 'rateLimit' | 'retryAfter'> {
  const { limits } = decision;
  const policy: string[] = [];
  const rateLimit: string[] = [];
  for (const { limit, decision: unchecked } of limits) {
    const said = checked(unchecked);
    const item = policyItem(limit.name, said.limit, limit.windowSeconds);
    if (item === '') continue;
    policy.push(item);
    rateLimit.push(rateLimitItem(limit.name, said.remaining, said.nextTokenMs));
  }
  const waitMs = policyWaitMs(decision);
  const hasWait = !decision.allowed && waitMs !== null;
  return {
    policy: policy.join(', '),
    rateLimit: rateLimit.join(', '),
    retryAfter: hasWait ? retryAfterSeconds(waitMs) : 0,
  };
}

/** `saysSource`: whether each limit names its source where the decision names none. */
export function policyDecisionJson(decision: PolicyDecision, saysSource: boolean): string {
  const { policy, allowed, by, limits } = decision;
  const waitMs = policyWaitMs(decision);
  const head = `{"allowed":${allowed},"policy":"${policy.name}"`;
  const dry = policy.isDry ? ',"dryRun":true' : '';
  if (by === null) {
    // One that is always allowed is always full; one that is always denied never is.
    const numbers = `"limit":null,"remaining":null,"retryAfterMs":${waitMs},"resetAfterMs":${waitMs}`;
    return `${head},${numbers},"by":"${BY_OVERRIDE}"${dry},"limits":[]}`;
  }
  const { limit: most, remaining, resetAfterMs } = by.decision;
  const each = limits.map((one) => limitJson(one, saysSource)).join(',');
  const degraded = limits.some(({ decision: said }) => said.degraded) ? ',"degraded":true' : '';
  return `${head},"limit":${most},"remaining":${remaining},"retryAfterMs":${waitMs},"resetAfterMs":${resetAfterMs},"by":"${by.limit.name}"${dry}${degraded},"limits":[${each}]}`;
}

function limitJson(one: LimitDecision, saysSource: boolean): string {
  const { limit, decision } = one;
  const { allowed, limit: most, remaining, resetAfterMs } = checked(decision);
  return `{"name":"${limit.name}","allowed":${allowed},"limit":${most},"remaining":${remaining},"retryAfterMs":${waitOf(one)},"resetAfterMs":${resetAfterMs}${standing(decision, saysSource)}}`;
}

function standing(decision: Decision, saysSource: boolean): string {
  return sourceJson(decision, saysSource ? 'local' : undefined);
}

/** Until the question passes; 0 exactly where it is allowed, null where no wait helps. */
export function policyWaitMs({ allowed, by }: PolicyDecision): number | null {
  if (allowed) return 0;
  return by === null ? null : waitOf(by);
}

/** Null where no wait helps. */
function waitOf({ isNever, decision }: LimitDecision): number | null {
  return isNever ? null : decision.retryAfterMs;
}
