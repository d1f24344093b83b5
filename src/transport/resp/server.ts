/** The Redis protocol on the connections of one decider. */
import type { Socket } from 'node:net';
import type { Config } from '../../config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Cells } from '../../metrics/cells.ts';
import type { Protocol } from '../listener.ts';
import type { ServiceState } from '../service-state.ts';

export interface RespParts {
  readonly config: Config;
  readonly version: string;
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly state: ServiceState;
}

export class RespServer implements Protocol {
  constructor(_parts: RespParts) {}

  open(socket: Socket): void {
    socket.destroy();
  }

  closeIdle(): void {}
}
