/** What the system says of the process, under the names that Prometheus has for it. */
import { readdirSync } from 'node:fs';
import { processStartS } from '../lib/clock.ts';
import { mostDescriptors } from '../lib/descriptors.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addProcessMetrics(metrics: MetricRegistry): void {
  const seconds = (microseconds: number) => microseconds / 1_000_000;
  const cpu = (name: string, what: string, read: (used: NodeJS.CpuUsage) => number) =>
    metrics.counter(name, what, [], (counter) => counter.inc(seconds(read(process.cpuUsage()))));
  cpu('process_cpu_user_seconds_total', 'CPU time of the program.', ({ user }) => user);
  cpu('process_cpu_system_seconds_total', 'CPU time of the kernel for it.', (cpu) => cpu.system);
  cpu('process_cpu_seconds_total', 'CPU time of both.', ({ user, system }) => user + system);
  metrics.reading('process_resident_memory_bytes', 'Memory in use.', process.memoryUsage.rss);
  const startS = processStartS();
  metrics.value('process_start_time_seconds', 'When it started, Unix time.', () => startS);
  if (process.platform !== 'linux') return;
  metrics.reading('process_open_fds', 'Open file descriptors.', () => {
    return readdirSync('/proc/self/fd').length;
  });
  metrics.reading('process_max_fds', 'Most file descriptors it may open.', () => {
    return mostDescriptors() ?? Number.NaN;
  });
}
