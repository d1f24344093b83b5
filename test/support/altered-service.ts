/**
 * The service with one thing changed, for tests to start as `script` of startService:
 *
 *   TEST_ACCEPT   how connections reach deciders: each, handed-on, alone
 *   TEST_BREAK    what throws: decision, express-handler, decider-timer, rebalancer, policies,
 *                 admin, main
 */
import { readCommand, version } from '../../src/config.ts';
import { createLog } from '../../src/lib/log.ts';
import { supervise } from '../../src/threads/supervisor.ts';
import type { Accept } from '../../src/threads/thread-messages.ts';
import type { ThreadScripts } from '../../src/threads/workers.ts';

const command = readCommand(process.argv.slice(2), process.env);
if (command.kind !== 'serve') throw new Error('this only serves');
const accept = process.env['TEST_ACCEPT'];
const broken = process.env['TEST_BREAK'];

await supervise({
  config: command.config,
  version: version(),
  log: createLog(command.config.logLevel),
  ...(accept === undefined ? {} : { accept: accept as Accept }),
  scripts: broken === undefined ? {} : brokenScripts(broken),
});

if (broken === 'main') {
  setTimeout(() => {
    throw new Error('broken on purpose');
  }, 200);
}

function brokenScripts(what: string): ThreadScripts {
  if (what === 'rebalancer' || what === 'policies' || what === 'admin' || what === 'keys') {
    return { [what]: new URL(`../process/broken-${what}.ts`, import.meta.url) };
  }
  return { decider: new URL('../process/broken-decider.ts', import.meta.url) };
}
