/** How a thread ends of what one of its handlers threw. */

/**
 * Outside of whatever caught the error, so that nothing catches it again: the thread ends of it.
 */
export function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
