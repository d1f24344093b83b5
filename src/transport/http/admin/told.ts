/** What the thread of the keys says, as HTTP does. */
import type { KeyAnswer, KeyQuestion } from '../../../admin/keys/key-questions.ts';
import type { Answer } from './answer.ts';

/** Who answers questions about keys. */
export interface AdminKeys {
  ask(question: KeyQuestion): Promise<KeyAnswer>;
}

const COME_AGAIN = ['Retry-After', '1'];

export async function askKeys(keys: AdminKeys, question: KeyQuestion): Promise<Answer> {
  return told(await keys.ask(question));
}

function told(answer: KeyAnswer): Answer {
  switch (answer.kind) {
    case 'told':
      return { ok: true, json: answer.json };
    case 'bad':
      return { ok: false, field: answer.field ?? 'body', fault: answer.fault };
    case 'unknown':
      return { ok: false, problem: { status: 404, detail: answer.words } };
    case 'refused':
      return { ok: false, problem: { status: 409, detail: answer.words } };
    case 'not-now':
      return { ok: false, problem: { status: 503, detail: answer.words }, more: COME_AGAIN };
    default:
      return answer satisfies never;
  }
}
