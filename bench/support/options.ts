/** The flags of a bench. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What the command line says, or the end: one line and exit code 2. */
export function benchOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options }>>['values'] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

export function refuse(fault: string): never {
  console.error(fault);
  process.exit(2);
}
