/**
 * The judge of what instances leased of one key: the store never takes less for spent than is
 * spent. Where nothing keeps it from answering at once it takes no more either: no token is lost
 * because an instance has no slot for it, or because a lease ends. But for what an exchange leases
 * that comes again once its record has ended, and is obeyed anew: nobody knows that he has it.
 */
import { inUseAt, type Picture } from './picture.ts';

interface Tokens {
  /** Leased, and taken for spent by the store. */
  charged: number;
  spent: number;
  unknown: number;
  /** The last exchange that was obeyed. */
  seq: number;
}

export class LeaseBooks {
  readonly #of = new Map<string, Tokens>();

  charge(instance: string, tokens: number): void {
    this.#tokensOf(instance).charged += tokens;
  }

  obey(instance: string, seq: number, grant: number): void {
    const tokens = this.#tokensOf(instance);
    if (seq <= tokens.seq) tokens.unknown += grant;
    else tokens.seq = seq;
  }

  spend(instance: string, tokens: number): void {
    this.#tokensOf(instance).spent += tokens;
  }

  /** What leases held that are over counts as spent. */
  end(picture: Picture, nowUs: number): void {
    const live = inUseAt(picture, nowUs).leases;
    for (const [instance, { held }] of picture.leases) {
      if (!live.has(instance)) this.charge(instance, held);
    }
  }

  /** Once all is settled; `held` is what the instance has in the store to the end. */
  faultAtEnd(instance: string, held: number, isHealthy: boolean): string | null {
    const { charged, spent, unknown } = this.#tokensOf(instance);
    if (spent <= charged + held && (!isHealthy || charged <= spent + unknown)) return null;
    return `${charged} leased tokens were taken for spent, and ${spent} were`;
  }

  #tokensOf(instance: string): Tokens {
    const tokens = this.#of.get(instance) ?? { charged: 0, spent: 0, unknown: 0, seq: 0 };
    this.#of.set(instance, tokens);
    return tokens;
  }
}
