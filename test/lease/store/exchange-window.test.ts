/**
 * However exchanges are lost, late or never answered: all instances together admit no more than one
 * bucket would.
 */
import { expect, test } from 'vitest';
import { type Exchange, isReply } from '../../../src/lease/terms/exchange.ts';
import { acceptedLimit } from '../../bucket/histories.ts';
import { type Admission, excessIn } from '../../bucket/windows.ts';
import { Dice } from '../../transport/resp/resp-noise.ts';
import { ExchangeModel } from '../model/exchange-model.ts';
import { START_US } from './exchange-scene.ts';

const HISTORIES = 2_000;
const STEPS = 200;
const TTL_US = 500_000;
const KEY = 'key';

interface Instance {
  readonly name: string;
  held: number;
  deadlineUs: number;
  /** The first exchange since the last answered one; 0 where that was answered. */
  unanswered: number;
  /** Tokens that its last exchange was charged, and that were not used. */
  vain: number;
}

/** Some instances that share a key, over a network that loses and delays. */
class Cluster {
  readonly #dice: Dice;
  readonly #asked;
  readonly #limit;
  readonly #model = new ExchangeModel();
  readonly #instances: readonly Instance[];
  readonly #late: { readonly exchange: Exchange; readonly name: string }[] = [];
  readonly admissions: Admission[] = [];
  #nowUs = START_US;
  #seq = 0;

  constructor(seed: number) {
    const dice = new Dice(Math.imul(seed, 0x9e3779b1));
    this.#dice = dice;
    for (let i = 0; i < 8; i++) dice.roll(2);
    const intervalUs = 100_000 * (1 + dice.roll(30));
    this.#asked = { capacity: 1 + dice.roll(12), count: 1 + dice.roll(6), intervalUs };
    this.#limit = acceptedLimit(this.#asked);
    this.#instances = Array.from({ length: 1 + dice.roll(4) }, (_, i) => {
      return { name: `i${i}`, held: 0, deadlineUs: 0, unanswered: 0, vain: 0 };
    });
  }

  step(): void {
    const dice = this.#dice;
    this.#nowUs += dice.roll(dice.pick([1, 1_000, TTL_US / 5, TTL_US, 6 * TTL_US]));
    if (dice.roll(3) === 0) this.#model.expire(this.#nowUs);
    const late = dice.roll(8) === 0 ? this.#late.pop() : undefined;
    if (late !== undefined) this.#model.exchange(late.exchange, late.name, this.#nowUs);
    const instance = dice.pick(this.#instances);
    if (this.#nowUs >= instance.deadlineUs) instance.held = 0;
    if (dice.roll(2) === 0) this.#spend(instance);
    else this.#exchange(instance);
  }

  #spend(instance: Instance): void {
    const spent = this.#dice.roll(instance.held + 1);
    instance.held -= spent;
    this.#admit(spent);
  }

  #exchange(instance: Instance): void {
    const dice = this.#dice;
    const back = dice.roll(3) === 0 ? dice.roll(instance.held + 1) : 0;
    const seq = ++this.#seq;
    const { capacity } = this.#asked;
    instance.held -= back;
    if (instance.unanswered === 0) instance.unanswered = seq;
    const exchange = {
      key: KEY,
      limit: this.#limit,
      seq,
      unanswered: instance.unanswered,
      keep: instance.held,
      back,
      owed: 0,
      vain: instance.vain,
      fill: false,
      holds: dice.roll(2),
      costs: Array.from({ length: dice.roll(3) }, () => dice.roll(capacity + 1)),
      want: dice.roll(2) * dice.roll(capacity + 1),
      least: dice.roll(3),
      ttlUs: TTL_US,
    };
    const fate = dice.pick(['heard', 'heard', 'heard', 'in vain', 'unheard', 'late', 'lost']);
    if (fate === 'late') this.#late.push({ exchange, name: instance.name });
    if (fate === 'late' || fate === 'lost') return;
    const reply = this.#model.exchange(exchange, instance.name, this.#nowUs);
    if (fate === 'unheard' || !isReply(reply)) return;
    instance.held = reply.held;
    instance.deadlineUs = this.#nowUs + 0.999 * TTL_US;
    instance.unanswered = 0;
    instance.vain = 0;
    exchange.costs.forEach((cost, i) => {
      if (reply.allowed[i] !== true || i < exchange.holds) return;
      if (fate === 'in vain') instance.vain += cost;
      else this.#admit(cost);
    });
  }

  #admit(admitted: number): void {
    if (admitted > 0) this.admissions.push({ nowUs: this.#nowUs, asked: this.#asked, admitted });
  }
}

test(`no window admits too much in ${HISTORIES} histories`, () => {
  let admitted = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const cluster = new Cluster(seed);
    for (let i = 0; i < STEPS; i++) cluster.step();
    admitted += cluster.admissions.length;
    expect({ seed, excess: excessIn(cluster.admissions) }).toEqual({ seed, excess: null });
  }
  expect(admitted).toBeGreaterThan(HISTORIES * 10);
});
