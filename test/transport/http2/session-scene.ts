/** A session without a socket: what comes is bytes that are lent, what goes are frames in words. */
import { Cells, sumCells } from '../../../src/metrics/cells.ts';
import type { Service } from '../../../src/transport/http2/service.ts';
import { Session } from '../../../src/transport/http2/session.ts';
import type { OpenRoute, Receiver, Route, Stream } from '../../../src/transport/http2/stream.ts';
import { fieldBlock } from '../../../src/transport/http2/wire/field-block.ts';
import { FrameWriter } from '../../../src/transport/http2/wire/frame-writer.ts';
import { lend } from '../connection/lent-bytes.ts';
import { type Frame, framesIn, PREFACE, SETTINGS_ACK, settings, shown } from './frames.ts';

export const HEAD: Buffer = fieldBlock(200, []);
export const TRAILERS: Buffer = fieldBlock(null, [['done', '1']]);
const NOTHING = new Uint8Array(0);

/**
 * Echoes what it is given: when all of it is there, or piece by piece where the path is `/open`; at
 * once, unless the path is `/late`.
 */
export class EchoService implements Service {
  decisions = 0;
  /** What was asked for, one entry a block that was decoded. */
  readonly asked: string[] = [];
  /** Bodies, as they came. */
  readonly bodies: string[] = [];
  /** Those that wait for an answer. */
  readonly late: Stream[] = [];
  mostBytes = 100_000;

  routeOf({ path }: { readonly path: string }): Route {
    this.asked.push(path);
    if (path === '/open') return OPEN;
    return {
      kind: 'whole',
      mostBytes: this.mostBytes,
      answer: (stream, body) => {
        const text = Buffer.from(body).toString('latin1');
        this.bodies.push(text);
        if (path === '/late') this.late.push(stream);
        else answer(stream, text);
      },
      refuse: (stream) => answer(stream, 'too much'),
    };
  }
}

const OPEN: OpenRoute = {
  kind: 'open',
  open: (stream) => {
    if (stream.isEnding || !stream.stay()) {
      answer(stream, 'no');
      return null;
    }
    stream.begin(HEAD);
    stream.onEnding = () => stream.end(TRAILERS);
    return new EchoReceiver(stream);
  },
};

class EchoReceiver implements Receiver {
  readonly #stream: Stream;
  heldBytes = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  data(bytes: Uint8Array): void {
    this.heldBytes = bytes.length;
    this.#stream.send(NOTHING, Uint8Array.from(bytes));
  }

  end(): void {
    this.#stream.end(TRAILERS);
  }
}

export function answer(stream: Stream, text: string): void {
  const data = Buffer.from(text, 'latin1');
  stream.answer({ head: HEAD, prefix: NOTHING, data, trailers: TRAILERS });
}

export class SessionScene {
  readonly service = new EchoService();
  readonly writer = new FrameWriter();
  readonly session: Session;
  hasTime = true;
  nowUs = 1_000_000;
  wakes = 0;
  readonly #memory = Cells.reserve(1);
  #frames: readonly Frame[] = [];

  /** Unless it `isBare`, both sides have said their settings. */
  constructor(isBare = false) {
    this.session = new Session({
      writer: this.writer,
      service: this.service,
      cells: new Cells(this.#memory, 0),
      hasTime: () => this.hasTime,
      wake: () => this.wakes++,
    });
    if (!isBare) this.receive(PREFACE, settings(), SETTINGS_ACK);
  }

  /** What is sent when these bytes arrive, in one piece. */
  receive(...pieces: readonly Uint8Array[]): readonly string[] {
    return this.during(() => {
      lend(Buffer.concat(pieces), (chunk) => {
        let at = 0;
        do at = this.session.receive(chunk, at, this.nowUs);
        while (this.session.hasMore && at < chunk.length);
      });
    });
  }

  /** The payloads of DATA that was sent last, joined. */
  get data(): string {
    return this.#frames
      .filter(({ type }) => type === 0)
      .map(({ payload }) => payload.toString('latin1'))
      .join('');
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  during(act: () => void): readonly string[] {
    const { sender } = this.session;
    sender.begin();
    act();
    sender.end();
    this.#frames = framesIn(Buffer.from(this.writer.take()));
    return this.#frames.map(shown);
  }

  counted(cell: number): number {
    return sumCells(this.#memory)[cell] as number;
  }
}
