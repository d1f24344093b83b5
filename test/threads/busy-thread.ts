/** Works all the time: in a regular expression whose source would be no JSON, and with garbage. */
import { parentPort } from 'node:worker_threads';

const DIGITS = /^[\d"]+$/;

function searches(): number {
  let found = 0;
  for (let i = 0; i < 1_000; i++) {
    if (DIGITS.test(String(i).padEnd(300, '1"'))) found++;
  }
  return found;
}

function work(): void {
  const [endMs] = [performance.now() + 20];
  while (performance.now() < endMs) searches();
  setImmediate(work);
}

parentPort?.postMessage('begun');
work();
