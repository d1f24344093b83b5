/** Guards of what happens at MAX_CONNECTIONS. */
import type { Mutant } from './mutant.ts';

export const CROWD_MUTANTS: readonly Mutant[] = [
  {
    name: 'a probe gets through beyond MAX_CONNECTIONS',
    file: 'src/transport/http/server.ts',
    find: 'if (isLook && PROBE_PATHS.has(pathOf(req))) return false;',
    replace: '',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'beyond MAX_CONNECTIONS nothing but probes is served',
    file: 'src/transport/http/server.ts',
    find: 'if (isLook && PROBE_PATHS.has(pathOf(req))) return false;',
    replace: 'return false;',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'a connection beyond MAX_CONNECTIONS is closed after its probe',
    file: 'src/transport/http/server.ts',
    find: '    res.shouldKeepAlive = false;\n    const isLook',
    replace: '    const isLook',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'one protocol leaves connections to the other',
    file: 'src/transport/service-state.ts',
    find: 'protocols > 1 ? Math.ceil(maxConnections * KEPT_PART) : 0',
    replace: '0',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'refused connections are logged once',
    file: 'src/transport/crowd.ts',
    find: 'if (!state.refuse()) return;',
    replace: 'state.refuse();',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'who says nothing makes room for a probe',
    file: 'src/transport/reserve.ts',
    find: 'this.#sockets.size < RESERVE ? null : this.#oldest()',
    replace: 'this.#sockets.size < RESERVE ? null : socket',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'a connection that closes is counted out',
    file: 'src/transport/listener.ts',
    find: 'cells.add(CONNECTIONS + this.#name, -1);',
    replace: '',
    tests: ['test/process/crowded.test.ts'],
  },
  {
    name: 'a start warns where too few files may be open',
    file: 'src/threads/supervisor.ts',
    find: 'if (descriptors === null || descriptors >= wanted) return;',
    replace: 'if (wanted > 0) return;',
    tests: ['test/process/crowded.test.ts'],
  },
];
