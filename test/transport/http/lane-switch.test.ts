/** HTTP_LANE says whether connections start in the lane or with node:http. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/config.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { Turns } from '../../../src/transport/connection/turns.ts';
import { createHttp } from '../../../src/transport/http/http-protocol.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { envoyOver } from '../../envoy/envoy-scene.ts';
import { policiesOver } from '../../policies/policy-scene.ts';
import { forgetfulGuard } from '../access/token-guards.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { Wire } from './wires.ts';

test.each([
  ['on', 0],
  ['off', 2],
] as const)('a connection with HTTP_LANE=%s', (httpLane, listeners) => {
  const memory = Cells.reserve(1);
  const cells = new Cells(memory, 0);
  const maxKeys = 100;
  const limiter = new LocalLimiter(reserveTable(maxKeys), cells);
  const version = '0.0.0';
  const http = createHttp({
    config: { ...DEFAULTS, httpLane },
    version,
    limiter,
    policies: policiesOver(limiter),
    envoyAsker: envoyOver(limiter, []).asker,
    policySchema: '{}',
    caller: null,
    cells,
    clock: () => 0,
    tokenGuard: forgetfulGuard('', cells),
    turns: new Turns(() => 0),
    clientBytes: clientBytesOf(cells),
    state: new ServiceState(ServiceState.reserve(), 10),
    exposition: new Exposition({
      cells: memory,
      version,
      maxKeys,
      keys: () => 0,
      isSharing: false,
    }),
    fail: (error) => {
      throw error;
    },
  });
  const socket = new Wire();
  http.open(socket as unknown as Socket);
  // Only node:http, and what feeds it, wait for a connection to drain.
  expect(socket.listenerCount('drain')).toBe(listeners);
  socket.destroy();
});
