/** A thread of the admin port in which every report throws. */
import { Replies } from '../../src/transport/http/core/replies.ts';

Replies.prototype.text = () => {
  throw new Error('broken on purpose');
};

await import('../../src/threads/admin-thread.ts');
