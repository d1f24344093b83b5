/** Guards of limits that instances share: leases, exchanges, shares, debts. */
import type { Mutant } from './mutant.ts';

const LEASE = 'src/lease/terms/lease.ts';
const EXCHANGER = 'src/lease/fetcher/exchanger.ts';
const STATE = 'src/lease/fetcher/key-state.ts';
const PLAN = 'src/lease/fetcher/exchange-plan.ts';
const SETTINGS = 'src/lease/settings.ts';
const DECISIONS = 'src/lease/fetcher/store-decisions.ts';
const LIMITER = 'src/lease/holder/shared-limiter.ts';
const MODEL = 'test/lease/model/exchange-model.ts';
const TURN = 'test/lease/model/exchange-turn.ts';
const SCRIPT = 'src/lease/store/exchange.lua';
const SEEDS = ['test/simulation/simulation.test.ts'];
const REPLAY = ['test/simulation/script-replay.test.ts'];

export const SHARING_MUTANTS: readonly Mutant[] = [
  {
    name: 'leased tokens occupy the bucket, in the model',
    file: TURN,
    find: 'const free = Math.max(0, unused - this.#othersHeld - this.#held);',
    replace: 'const free = Math.max(0, unused - this.#held);',
    tests: SEEDS,
  },
  {
    name: 'leased tokens occupy the bucket, in the script',
    file: SCRIPT,
    find: 'local free = max(0, left - othersHeld - held)',
    replace: 'local free = max(0, left - held)',
    tests: REPLAY,
  },
  {
    name: 'a lease ends by the time when it was asked for',
    file: DECISIONS,
    find: 'sent.sentUs + Math.floor(',
    replace: 'now.nowUs + Math.floor(',
    tests: SEEDS,
  },
  {
    name: 'no exchange is obeyed twice',
    file: MODEL,
    find: 'if (own !== undefined && seq <= own.seq) return',
    replace: 'if (own !== undefined && seq < 0) return',
    tests: SEEDS,
  },
  {
    name: 'no exchange is obeyed twice, in the script',
    file: SCRIPT,
    find: "if seq + n <= ownSeq then return pack('<d', STALE) end",
    replace: '',
    tests: REPLAY,
  },
  {
    name: 'nothing is given back of a lease that has ended',
    file: TURN,
    find: 'this.#held = this.#isLive ? own.held : 0;',
    replace: 'this.#held = own.held;',
    tests: SEEDS,
  },
  {
    name: 'what an exchange without an answer did is undone',
    file: TURN,
    find: 'if (own.seq < this.#exchange.unanswered) return;',
    replace: 'if (own.seq >= 0) return;',
    tests: SEEDS,
  },
  {
    name: 'what was answered is not undone',
    file: STATE,
    find: '    this.unanswered = 0;\n',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'what was charged is undone once',
    file: TURN,
    find: 'else this.#takeBack(this.#charged);',
    replace: 'else this.#takeBack(2 * this.#charged);',
    tests: SEEDS,
  },
  {
    name: 'a grant without an answer is undone',
    file: TURN,
    find: 'this.#held -= Math.min(this.#held, own.grant);',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'since when there were no answers is told',
    file: STATE,
    find: 'if (this.unanswered === 0) this.unanswered = seq;',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'no more is kept than the store knows of',
    file: TURN,
    find: 'const kept = Math.min(keep, this.#held);',
    replace: 'const kept = keep;',
    tests: SEEDS,
  },
  {
    name: 'an instance keeps no more than the store says',
    file: LEASE,
    find: 'Math.max(0, kept - spent) + grant',
    replace: 'Math.max(0, keep - spent) + grant',
    tests: SEEDS,
  },
  {
    name: 'what was spent while an exchange was under way stays spent',
    file: LEASE,
    find: 'Math.max(0, kept - spent) + grant',
    replace: 'kept + grant',
    tests: SEEDS,
  },
  {
    name: 'what is owed is told once',
    file: PLAN,
    find: 'state.owed = 0;',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'a debt leaves the table when it is told',
    file: LEASE,
    find: 'lease.owed = 0;',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'what is owed is charged',
    file: TURN,
    find: 'this.#book(() => this.#charge(owed));',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'what is owed and was not heard is told again',
    file: STATE,
    find: 'this.owed += owed;',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'an answer that comes too late brings no lease',
    file: 'src/lease/fetcher/flight.ts',
    find: 'else if (this.end(sent)) this.#parts.answered(sent, outcome, this.#heardUs);',
    replace: 'else { this.end(sent); this.#parts.answered(sent, outcome, this.#heardUs); }',
    tests: SEEDS,
  },
  {
    name: 'a share is divided by the instances',
    file: SETTINGS,
    find: 'if (instances === 1) return limit;',
    replace: 'if (instances > 0) return limit;',
    tests: SEEDS,
  },
  {
    name: 'a share begins empty',
    file: 'src/lease/terms/share.ts',
    find: '(earned < most ? earned : most) - spent',
    replace: 'most - spent',
    tests: SEEDS,
  },
  {
    name: 'a lease is not spent when it has ended',
    file: LEASE,
    find: `const isLive = nowUs < lease.deadlineUs;
  if (isLive && cost <= lease.left &&`,
    replace: 'if (cost <= lease.left &&',
    tests: SEEDS,
  },
  {
    name: 'what is given back has left the lease',
    file: LEASE,
    find: 'lease.left = keep;',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'what is left of a lease that has ended is used',
    file: TURN,
    find: 'if (endedHeld > 0) {',
    replace: 'if (endedHeld < 0) {',
    tests: SEEDS,
  },
  {
    name: 'a lease that ends occupied the bucket until then',
    file: TURN,
    find: 'endedUs = Math.max(endedUs, lease.expiryUs);',
    replace: '',
    tests: SEEDS,
  },
  {
    name: 'one exchange for a key is under way',
    file: EXCHANGER,
    find: 'if (state.sent === null) this.#work.add(state, lane);',
    replace: 'this.#work.add(state, lane);',
    tests: SEEDS,
  },
  {
    name: 'what was taken for an answer that came too late is given back',
    file: LIMITER,
    find: 'this.#refund(waiting.question, message.seq);',
    replace: 'this.#refund(null, message.seq);',
    tests: ['test/lease/holder/shared-limiter.test.ts'],
  },
  {
    name: 'no more comes back than the last exchange was charged',
    file: TURN,
    find: 'Math.min(vain * this.#bucket.period, this.#charged)',
    replace: 'vain * this.#bucket.period',
    tests: SEEDS,
  },
  {
    name: 'what was refilled since is not given back too',
    file: TURN,
    find: 'this.#charged = Math.min(own.booked, this.#lowest);',
    replace: 'this.#charged = own.booked;',
    tests: SEEDS,
  },
  {
    name: 'a note ends',
    file: LEASE,
    find: 'if (cost === 0 || nowUs >= lease.deniedUntilUs) return null;',
    replace: 'if (cost === 0 || lease.deniedUntilUs === 0) return null;',
    tests: SEEDS,
  },
  {
    name: 'a note is for what costs as much',
    file: LEASE,
    find: '? lease.deniedCost > 0 && cost >= lease.deniedCost',
    replace: '? true',
    tests: SEEDS,
  },
  {
    name: 'all are leased before any is spent',
    file: 'src/lease/lease-table.ts',
    find: 'const isTaken = spent.every(',
    replace: 'const isTaken = spent.some(',
    tests: SEEDS,
  },
  {
    name: 'a debt is not settled by what was charged in vain',
    file: PLAN,
    find: 'const owed = state.owed + collected.owed;',
    replace: 'const owed = Math.max(0, state.owed + collected.owed - state.vain);',
    tests: SEEDS,
  },
  {
    name: 'a share fills from the end of the lease',
    file: 'src/lease/terms/kept-share.ts',
    find: 'Math.max(outage.sinceUs, lease.deadlineUs, heardUs',
    replace: 'Math.max(outage.sinceUs, heardUs',
    tests: SEEDS,
  },
  {
    name: 'a debt shrinks no faster than the share refills',
    file: 'src/lease/terms/kept-share.ts',
    find: 'Math.ceil(whole.bucket.used / whole.bucket.period));',
    replace: 'Math.ceil(whole.bucket.used / whole.bucket.period / 2));',
    tests: SEEDS,
  },
  {
    name: 'what the store took for who was told late is given back',
    file: 'src/lease/fetcher/exchanger.ts',
    find: 'state.vain += this.#asks.tell(sent, decisions, hasRoom);',
    replace: 'this.#asks.tell(sent, decisions, hasRoom);',
    tests: SEEDS,
  },
  {
    name: 'a share that was told of is remembered until that has an answer',
    file: LEASE,
    find: 'isShare(lease) || owed > 0',
    replace: 'owed > 0',
    tests: SEEDS,
  },
  {
    name: 'a share begins no earlier than the last answer that the table knows of',
    file: 'src/lease/terms/kept-share.ts',
    find: 'lease.deadlineUs, heardUs, beganUs(limit, nowUs))',
    replace: 'lease.deadlineUs, beganUs(limit, nowUs))',
    tests: ['test/lease/terms/lease.test.ts'],
  },
];
