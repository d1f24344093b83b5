/** Puts in force, in the calling thread, the rules that the thread of the policies sends. */
import type { MessagePort } from 'node:worker_threads';
import type { EnvoyPiece } from '../envoy/envoy-pieces.ts';
import { RulesReceiver, type RulesReceiverParts } from '../envoy/rules-receiver.ts';
import { wallUs } from '../lib/clock.ts';
import type { PolicyPiece } from '../policies/policy-pieces.ts';

/** `port` is null where there are no policies. */
export function receiveRules(
  port: MessagePort | null,
  parts: Omit<RulesReceiverParts, 'wall'>,
): void {
  if (port === null) return;
  const receiver = new RulesReceiver({ ...parts, wall: wallUs });
  port.on('message', (piece: PolicyPiece | EnvoyPiece) => {
    receiver.receive(piece);
    port.postMessage('received');
  });
  // A thread ends when the process does: a port alone should not keep it.
  port.unref();
}
