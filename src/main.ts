#!/usr/bin/env node
/**
 * The command `argus`: looks which Node runs it, and loads the rest only where that is new enough.
 * So what is imported here in the ordinary way must be there in every Node that knows `import`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { engines } = JSON.parse(text) as { engines: { node: string } };
const least = engines.node.replace('>=', '');

if (isOlder(process.versions.node, least)) {
  console.error(`argus: Node ${least} or newer is needed, and this is ${process.versions.node}`);
  process.exitCode = 2;
} else {
  const { run } = await import('./command.ts');
  await run(process.argv.slice(2), process.env, fileURLToPath(import.meta.url));
}

/** Both in three numbers with points between them. */
function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  );
  const at = [0, 1, 2].find((i) => one?.[i] !== other?.[i]);
  return at !== undefined && Number(one?.[at]) < Number(other?.[at]);
}
