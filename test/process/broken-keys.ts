/** A thread of the keys in which every answer throws. */
import { KeyAnswers } from '../../src/admin/keys/key-answers.ts';

KeyAnswers.prototype.answer = () => {
  throw new Error('broken on purpose');
};

await import('../../src/threads/keys-thread.ts');
