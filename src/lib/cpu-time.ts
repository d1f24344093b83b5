/** What a thread has used of the cores. */

/** CPU time of this thread since it began, in microseconds. */
export function threadCpuUs(): number {
  return usedUs(process.threadCpuUsage());
}

/** User and system time together. */
export function usedUs({
  user,
  system,
}: {
  readonly user: number;
  readonly system: number;
}): number {
  return user + system;
}
