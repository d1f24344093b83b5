/** What a token lets whoever shows it do, and with whose buckets. */

export const RIGHTS = ['ask', 'refund', 'reset', 'admin'] as const;
export type Right = (typeof RIGHTS)[number];

/** A token as its file has it. Plain data: it goes from thread to thread. */
export interface TokenTerms {
  readonly name: string;
  /** Of the token, in hex of lower case. */
  readonly sha256: string;
  readonly rights: readonly Right[];
  /** Of buckets: what plain keys begin with, policies, domains of Envoy. All empty: all buckets. */
  readonly keys: readonly string[];
  readonly policies: readonly string[];
  readonly domains: readonly string[];
}

export class Grant {
  readonly name: string;
  /** What may be asked is not bounded: neither by rights nor by buckets. */
  readonly isForAll: boolean;
  readonly rights: readonly Right[];
  readonly keys: readonly string[];
  readonly policies: readonly string[];
  readonly domains: readonly string[];
  readonly #isBounded: boolean;

  constructor({ name, rights, keys, policies, domains }: Omit<TokenTerms, 'sha256'>) {
    this.name = name;
    this.rights = rights;
    this.keys = keys;
    this.policies = policies;
    this.domains = domains;
    this.#isBounded = keys.length + policies.length + domains.length > 0;
    this.isForAll = !this.#isBounded && this.has('ask') && this.has('refund');
  }

  has(right: Right): boolean {
    return this.rights.includes(right);
  }

  /** Whether there is anything that may be asked. */
  get mayAsk(): boolean {
    return this.has('ask') || this.has('refund');
  }

  /** `key`: one that was asked for with a limit of its own. */
  touchesKey(key: string): boolean {
    return !this.#isBounded || this.keys.some((prefix) => key.startsWith(prefix));
  }

  touchesPolicy(name: string): boolean {
    return !this.#isBounded || this.policies.includes(name);
  }

  touchesDomain(name: string | null): boolean {
    return !this.#isBounded || (name !== null && this.domains.includes(name));
  }
}

const ALL_BUCKETS = { keys: [], policies: [], domains: [] } as const;

/** Of everybody, where there are no tokens. */
export const OPEN: Grant = new Grant({
  name: 'anybody',
  rights: ['ask', 'refund'],
  ...ALL_BUCKETS,
});
/** Of who has shown no token where there are some, or one that is not in force. */
export const NOTHING: Grant = new Grant({ name: 'nobody', rights: [], ...ALL_BUCKETS });
/** Of the ADMIN_TOKEN. */
export const EVERYTHING: Grant = new Grant({
  name: 'ADMIN_TOKEN',
  rights: RIGHTS,
  ...ALL_BUCKETS,
});
