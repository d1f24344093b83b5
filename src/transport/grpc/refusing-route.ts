/** Requests that get the same answer whatever they hold: all of it is read first, and not kept. */
import type { Stream, WholeRoute } from '../http2/stream.ts';
import { fieldBlock } from '../http2/wire/field-block.ts';

export class RefusingRoute implements WholeRoute {
  readonly kind = 'whole';
  /** More than a few frames of it are not worth to be read. */
  readonly mostBytes = 65_536;
  readonly #give: (stream: Stream) => void;

  constructor(give: (stream: Stream) => void) {
    this.#give = give;
  }

  answer(stream: Stream): void {
    this.#give(stream);
  }

  refuse(stream: Stream): void {
    this.#give(stream);
  }
}

const NOTHING = new Uint8Array(0);

/** Answers as plain HTTP does, with a line of text. */
export function giveText(stream: Stream, status: number, text: string): void {
  const data = Buffer.from(`${text}\n`, 'utf8');
  const head = fieldBlock(status, [
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-length', String(data.length)],
  ]);
  const isHead = stream.head.method === 'HEAD';
  stream.answer({ head, prefix: NOTHING, data: isHead ? NOTHING : data, trailers: null });
}
