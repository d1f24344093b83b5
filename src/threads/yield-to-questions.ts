/** The priority of threads beside those that decide. */
import { constants, setPriority } from 'node:os';

/**
 * Has the calling thread run only where no decider would. To be called when threads that all share
 * have been started: those that this one starts have its priority. Linux alone has one for each
 * thread; elsewhere it is the process's.
 */
export function yieldToQuestions(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
}
