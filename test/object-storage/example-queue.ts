/**
 * The queue of examples/object-storage/ as tests look into it, by the packages of the example. They
 * are its own, and may not be installed: nothing here is loaded before it is asked for.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AcceptedObject } from '../../examples/object-storage/upload.ts';
import { isMissing } from '../support/resp-tools.ts';

export const FOLDER = fileURLToPath(new URL('../../examples/object-storage/', import.meta.url));
const INSTALL = 'npm ci --prefix examples/object-storage';

const exampleRequire = createRequire(`${FOLDER}package.json`);

/** Whether to skip what runs the example. ARGUS_NEEDS_ALL=1 makes that a failure. */
export function isIncomplete(...tools: readonly string[]): boolean {
  return [...tools.map(isMissing), lacksPackages()].includes(true);
}

function lacksPackages(): boolean {
  try {
    exampleRequire.resolve('bullmq');
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
  }
  const fault = `the packages of the object-storage example are not installed (${INSTALL})`;
  if (process.env['ARGUS_NEEDS_ALL'] === '1') throw new Error(fault);
  console.warn(`Skipped: ${fault}`);
  return true;
}

interface Job {
  readonly id?: string;
  readonly data: AcceptedObject;
  readonly attemptsMade: number;
  retry(): Promise<void>;
}

interface JobOptions {
  readonly jobId?: string;
  readonly attempts?: number;
  readonly backoff?: { readonly type: string; readonly delay: number };
}

interface NewJob {
  readonly name: string;
  readonly data: AcceptedObject;
  readonly opts: JobOptions;
}

/** What tests use of BullMQ's queue: its types are there only where it is installed. */
export interface ExampleQueue {
  add(name: string, data: AcceptedObject, options: JobOptions): Promise<Job>;
  addBulk(jobs: readonly NewJob[]): Promise<readonly Job[]>;
  getJob(id: string): Promise<Job | undefined>;
  getWaiting(): Promise<readonly Job[]>;
  getFailed(): Promise<readonly Job[]>;
  /** Of all that wait. */
  count(): Promise<number>;
  getWaitingCount(): Promise<number>;
  getActiveCount(): Promise<number>;
  getCompletedCount(): Promise<number>;
  getFailedCount(): Promise<number>;
  getJobCounts(...states: readonly string[]): Promise<Readonly<Record<string, number>>>;
  toKey(name: string): string;
  obliterate(options: { readonly force: boolean }): Promise<void>;
  close(): Promise<void>;
}

interface BullMq {
  readonly Queue: new (
    name: string,
    options: { readonly connection: { readonly url: string }; readonly prefix: string },
  ) => ExampleQueue;
}

type Names = Readonly<Record<'QUEUE_NAME' | 'KEY_PREFIX', string>>;

export async function openQueue(redisUrl: string): Promise<ExampleQueue> {
  const { Queue } = exampleRequire('bullmq') as BullMq;
  const { QUEUE_NAME, KEY_PREFIX } = (await import(`${FOLDER}object-queue.ts`)) as Names;
  return new Queue(QUEUE_NAME, { connection: { url: redisUrl }, prefix: KEY_PREFIX });
}
