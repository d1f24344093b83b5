/** A server that is no part of the package: started on a port of its own, and stopped by its id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 10_000;
const END_WITHIN_MS = 5_000;

export interface Program {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Resolves once something answers on the port; rejects where the program ends before. */
export async function startProgram(command: readonly string[], port: number): Promise<Program> {
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    const isGone = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (!isGone && Date.now() < deadline) await sleep(20);
    else {
      if (!isGone) await stop();
      throw new Error(`Did not start: ${command.join(' ')}`);
    }
  }
  return { pid: child.pid as number, port, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
