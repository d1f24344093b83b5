/**
 * Stopping: SIGTERM goes on serving for a while, not ready, so that a proxy in front notices;
 * SIGINT does not wait. Then listeners close, and only then connections are told to end; those
 * that stay idle close, requests in flight are answered, the last snapshot is written, and the
 * process ends. A second signal ends it at once.
 */
import { constants } from 'node:os';
import type { Log } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import type { ServiceState } from '../transport/service-state.ts';

export interface DrainParts {
  readonly drainDelayMs: number;
  readonly drainMs: number;
  readonly log: Log;
  readonly state: ServiceState;
  /** Stops listening, and resolves when the last answer is given. */
  readonly close: () => Promise<void>;
  /** Writes the last snapshot. */
  readonly seal: () => Promise<void>;
}

export function drainOnSignals(parts: DrainParts): void {
  let stopping = false;
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    if (stopping) {
      parts.log.warn(`${signal} again: ending at once`);
      process.exit(128 + constants.signals[signal]);
    }
    stopping = true;
    void drain(parts, signal);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

async function drain(parts: DrainParts, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  const { log, state, drainDelayMs, drainMs } = parts;
  const delayMs = signal === 'SIGTERM' ? drainDelayMs : 0;
  log.info(`${signal}: serving for another ${delayMs} ms, then draining for at most ${drainMs} ms`);
  state.phase = 'draining';
  await sleep(delayMs);
  state.phase = 'closing';
  const inTime = await Promise.race([
    parts.close().then(() => true),
    sleep(drainMs).then(() => false),
  ]);
  await parts.seal();
  log.info(inTime ? 'stopped' : `stopped, with requests unanswered after ${drainMs} ms`);
  process.exit(0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemTimers.after(ms, resolve));
}
