/**
 * What every middleware does: asks for a request, and says whether it passes, with which header
 * fields, and what it is told where it does not. No part of a web framework or of Node.
 */
import {
  POLICY_FIELD,
  RATE_LIMIT_FIELD,
  RETRY_AFTER_FIELD,
  retryAfterSeconds,
} from '../contract/fields.ts';
import { BadQuestionError } from './errors.ts';
import type { AnyDecision, AnyQuestion, Decision, Limit, PolicyDecision } from './question.ts';
import { faultOfCost, isAboveCapacity } from './question-check.ts';
import { policyFieldOf, policyFieldsOf, rateLimitFieldOf } from './rate-limit-fields.ts';

interface Limiter {
  limit(question: AnyQuestion): Promise<AnyDecision>;
}

interface CommonOptions<Req> {
  readonly client: Limiter;
  /** Whose bucket a request takes from. */
  readonly key: (req: Req) => string;
  /** Tokens a request takes, a whole number from 0: 1 unless it is given. */
  readonly cost?: number | ((req: Req) => number);
  /** Whether a request goes without a limit; none does unless it is given. */
  readonly skip?: (req: Req) => boolean;
}

export interface RateLimitOptions<Req> extends CommonOptions<Req> {
  readonly limit: Limit | ((req: Req) => Limit);
  readonly policy?: undefined;
}

/** The same under limits that the service keeps. */
export interface PolicyRateLimitOptions<Req> extends CommonOptions<Req> {
  /** The name that they have there. */
  readonly policy: string | ((req: Req) => string);
  readonly limit?: undefined;
}

export type GateOptions<Req> = RateLimitOptions<Req> | PolicyRateLimitOptions<Req>;

/** A header field: its name and its value. */
export type Field = readonly [name: string, value: string];

export interface Verdict {
  readonly passes: boolean;
  /** Of the answer, whether it passes or not. */
  readonly fields: readonly Field[];
  /** What it is answered where it does not pass. */
  readonly problem: Problem | null;
}

/** Problem details, RFC 9457. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Rejects with what the client or a function of the options throws: never through by that. */
export type Gate<Req> = (req: Req) => Promise<Verdict>;

const PASSES: Verdict = { passes: true, fields: [], problem: null };

export function gateOf<Req>(options: GateOptions<Req>): Gate<Req> {
  const { skip = () => false } = options;
  const decide = options.policy === undefined ? byLimit(options) : byPolicy(options);
  return async (req) => (skip(req) ? PASSES : decide(req));
}

function byLimit<Req>({ client, key, limit, cost = 1 }: RateLimitOptions<Req>): Gate<Req> {
  if (limit === undefined) throw new TypeError('a limit or a policy must be given');
  const limitOf = functionOf(limit);
  const costOf = functionOf(cost);
  return async (req) => {
    const limit = limitOf(req);
    const cost = costOf(req);
    const { capacity } = limit;
    const policy = fieldOf(POLICY_FIELD, policyFieldOf(limit));
    // Not asked: it can never pass, whether or not the service is there to say so.
    if (isAboveCapacity(cost, capacity)) return denied(policy, tooDear(cost, capacity));
    checkCost(cost, capacity);
    const decision = (await client.limit({ ...limit, key: key(req), cost })) as Decision;
    // Where no field can name the capacity, none says what is left of it.
    const isSaid = policy.length > 0 && decision.error === undefined;
    const left = isSaid ? fieldOf(RATE_LIMIT_FIELD, rateLimitFieldOf(limit, decision)) : [];
    return verdictOn(decision, [...policy, ...left], `the limit of ${decision.limit}`);
  };
}

function byPolicy<Req>(options: PolicyRateLimitOptions<Req>): Gate<Req> {
  const { client, key, policy, limit, cost = 1 } = options;
  if (limit !== undefined) throw new TypeError('limit must be left out where a policy is named');
  const policyOf = functionOf(policy);
  const costOf = functionOf(cost);
  return async (req) => {
    const cost = costOf(req);
    checkCost(cost, undefined);
    const question = { policy: policyOf(req), key: key(req), cost };
    const decision = (await client.limit(question)) as PolicyDecision;
    const { retryAfterMs, limits, limit, by } = decision;
    const { policy, rateLimit } = policyFieldsOf(limits);
    const fields = [...fieldOf(POLICY_FIELD, policy), ...fieldOf(RATE_LIMIT_FIELD, rateLimit)];
    if (decision.allowed || retryAfterMs !== null) {
      return verdictOn(decision, fields, `the limit "${by}" of ${limit}`);
    }
    return denied(fields, limit === null ? 'this is denied in any case' : tooDear(cost, limit));
  };
}

/** `words` name the limit that decided. */
function verdictOn(decision: AnyDecision, fields: readonly Field[], words: string): Verdict {
  if (decision.allowed) return { passes: true, fields, problem: null };
  const seconds = retryAfterSeconds(decision.retryAfterMs ?? 0);
  const after = `try again in ${seconds} s`;
  const all = [...fields, [RETRY_AFTER_FIELD, String(seconds)] as const];
  if (decision.error === undefined) return denied(all, `too little of ${words} is left; ${after}`);
  const detail = `the limit cannot be looked up; ${after}`;
  const problem = problemOf(503, 'Service Unavailable', detail);
  return { passes: false, fields: all, problem };
}

function denied(fields: readonly Field[], detail: string): Verdict {
  return { passes: false, fields, problem: problemOf(429, 'Too Many Requests', detail) };
}

function tooDear(cost: number, limit: number): string {
  return `this request costs ${cost} of a limit of ${limit}, and can never pass`;
}

function problemOf(status: number, title: string, detail: string): Problem {
  return { type: 'about:blank', title, status, detail };
}

function checkCost(cost: unknown, capacity: unknown): void {
  const fault = faultOfCost(cost, capacity);
  if (fault !== null) throw new BadQuestionError(fault, 'cost');
}

/** None where it has no value. */
function fieldOf(name: string, value: string): readonly Field[] {
  return value === '' ? [] : [[name, value]];
}

function functionOf<Req, Value extends object | number | string>(
  value: Value | ((req: Req) => Value),
): (req: Req) => Value {
  return typeof value === 'function' ? (value as (req: Req) => Value) : () => value;
}
