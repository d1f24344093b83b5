/** The log: JSON lines on standard output, written at once so that a last word is never lost. */
import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 1, sync: true }),
  );
}
