/** A fake service in a thread of its own, which answers while the one that asks is busy. */
import { parentPort } from 'node:worker_threads';
import { startFake } from './fake-service.ts';

const { url } = await startFake();
parentPort?.postMessage(url);
