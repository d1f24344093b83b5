/** A question as it is sent. */
import { BadQuestionError } from './errors.ts';
import type { AnyQuestion } from './question.ts';

/** No good question is longer, and no bad one may fill a batch. */
const MOST_QUESTION_BYTES = 4_096;

/** All fields, known or not: one with a typing error is the service's to refuse. */
export function jsonOf(question: AnyQuestion): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(question);
  } catch (error) {
    throw new BadQuestionError(`it cannot be written as JSON: ${String(error)}`);
  }
  if (json === undefined) throw new BadQuestionError('it must be an object');
  return json;
}

/** The bytes of a question, which must be few enough. */
export function checkSize(json: string): number {
  const bytes = Buffer.byteLength(json);
  if (bytes <= MOST_QUESTION_BYTES) return bytes;
  const wanted = `must have at most ${MOST_QUESTION_BYTES} bytes as JSON`;
  throw new BadQuestionError(`the question ${wanted}, has ${bytes}`);
}
