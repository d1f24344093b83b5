/** A thread of the policies that throws before long. */
setTimeout(() => {
  throw new Error('broken on purpose');
}, 500);

await import('../../src/threads/policies-thread.ts');
