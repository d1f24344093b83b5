/** Redis that keeps all in memory and writes nothing to disk, on a port of its own. */
import { tmpdir } from 'node:os';
import { freePort } from '../../test/support/free-port.ts';
import { pinnedTo } from '../support/pinned.ts';
import { type Program, startProgram } from './program.ts';

/** `at`: the port, where it cannot be any free one. */
export async function startRedis(
  path: string,
  core: number | undefined,
  at?: number,
): Promise<Program> {
  const port = at ?? (await freePort());
  const flags = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'];
  return startProgram([...pinnedTo(core), path, ...flags, '--dir', tmpdir()], port);
}
