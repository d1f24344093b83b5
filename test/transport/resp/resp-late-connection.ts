/**
 * A connection that is answered late about every key that begins with `late`, and what it is told.
 */
import { words } from '../../support/resp-frames.ts';
import { RespHarness } from './resp-harness.ts';
import { TestConnection } from './resp-socket.ts';

export const LATE_TAKE: Buffer = words('CL.THROTTLE late 2 1 60');
/** The first three answers to it. */
export const TAKEN = [taken(2, 60), taken(1, 120), taken(0, 180)] as const;

export function lateHarness(): RespHarness {
  return new RespHarness({ isLate: (key) => key.startsWith('late') });
}

export function lateConnection(): TestConnection {
  return new TestConnection(lateHarness());
}

function taken(remaining: number, fullS: number): string {
  return `*5\r\n:0\r\n:3\r\n:${remaining}\r\n:-1\r\n:${fullS}\r\n`;
}
