/** What each thread is given as it starts: what all share, and its ports to others. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type ServiceShape, type ThreadPlan, threadsOf } from './thread-kinds.ts';
import type {
  AdminData,
  DeciderData,
  ExchangerData,
  KeysData,
  PoliciesData,
  SharedData,
  ThreadData,
} from './thread-messages.ts';

/** Between each decider and what it has a port to, in the order of the deciders; and others. */
export interface Channels {
  readonly exchanger: readonly MessageChannel[];
  readonly policies: readonly MessageChannel[];
  /** From the thread of the admin port to that of the keys. */
  readonly keys: MessageChannel;
}

export function channelsOf(shape: ServiceShape): Channels {
  const { deciders, isSharing, hasPolicies, hasAdmin } = shape;
  // Who asks, or is told of policies, as deciders do.
  const askers = deciders + (hasAdmin ? 1 : 0);
  const toEach = () => Array.from({ length: askers }, () => new MessageChannel());
  return {
    exchanger: isSharing ? toEach() : [],
    policies: hasPolicies ? toEach() : [],
    keys: new MessageChannel(),
  };
}

export function dataOf(
  shape: ServiceShape & { readonly data: SharedData },
  { kind, row }: ThreadPlan,
  channels: Channels,
): { workerData: ThreadData; transferList: MessagePort[] } {
  const data: ThreadData = { ...shape.data, row };
  switch (kind) {
    case 'decider': {
      const ports = portsOf(channels, row);
      const workerData: DeciderData = { ...data, ...ports };
      return { workerData, transferList: portsIn(ports) };
    }
    case 'exchanger':
    case 'policies': {
      const deciders = channels[kind].map(({ port1 }) => port1);
      const workerData: ExchangerData | PoliciesData = { ...data, deciders };
      return { workerData, transferList: deciders };
    }
    case 'admin': {
      const keys = channels.keys.port1;
      const workerData: AdminData = { ...data, threads: threadsOf(shape), keys };
      return { workerData, transferList: [keys] };
    }
    case 'keys': {
      const asker = channels.keys.port2;
      const ports = portsOf(channels, shape.deciders);
      const workerData: KeysData = { ...data, ...ports, asker };
      return { workerData, transferList: [asker, ...portsIn(ports)] };
    }
    case 'rebalancer':
    case 'snapshot':
      return { workerData: data, transferList: [] };
    default:
      return kind satisfies never;
  }
}

type AskerPorts = Pick<DeciderData, 'exchanger' | 'policyPieces'>;

/** The n-th port to each. */
function portsOf(channels: Channels, n: number): AskerPorts {
  return {
    exchanger: channels.exchanger[n]?.port2 ?? null,
    policyPieces: channels.policies[n]?.port2 ?? null,
  };
}

function portsIn({ exchanger, policyPieces }: AskerPorts): MessagePort[] {
  return [exchanger, policyPieces].filter((port) => port !== null);
}
