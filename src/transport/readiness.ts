/** Whether the service may be asked, as every protocol says it to whoever looks. */
import type { ServiceState } from './service-state.ts';

export interface Readiness {
  readonly isReady: boolean;
  readonly words: string;
}

/** `limiter`: how who decides is. */
export function readinessOf(
  state: ServiceState,
  limiter: { readonly health: Readiness },
): Readiness {
  const { phase } = state;
  return phase === 'serving'
    ? limiter.health
    : { isReady: false, words: `the service is ${phase}` };
}
