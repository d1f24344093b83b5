/** What the other side says that it takes: read from SETTINGS, and obeyed at once. */
import type { Sender } from './sender.ts';
import type { Streams } from './streams.ts';
import { numberAt } from './wire/frame-cutter.ts';
import {
  DEFAULT_FRAME_BYTES,
  DEFAULT_TABLE_BYTES,
  ENABLE_PUSH,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_FRAME_SIZE,
  MAX_HEADER_LIST_SIZE,
  MOST_FRAME_BYTES,
  MOST_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
} from './wire/numbers.ts';

const SETTING_BYTES = 6;

export class PeerSettings {
  readonly #sender: Sender;
  readonly #streams: Streams;
  /** Whether the other side was told that our blocks use no table. */
  #hasTold = false;

  constructor(sender: Sender, streams: Streams) {
    this.#sender = sender;
    this.#streams = streams;
  }

  /** Obeys the settings from `at` to `end`. Returns an error code of the connection. */
  obey(bytes: Buffer, at: number, end: number): number {
    if ((end - at) % SETTING_BYTES !== 0) return FRAME_SIZE_ERROR;
    for (let i = at; i < end; i += SETTING_BYTES) {
      const name = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
      const code = this.#set(name, numberAt(bytes, i + 2));
      if (code !== NO_ERROR) return code;
    }
    return NO_ERROR;
  }

  #set(name: number, value: number): number {
    switch (name) {
      case HEADER_TABLE_SIZE:
        this.#tableSize(value);
        return NO_ERROR;
      case ENABLE_PUSH:
        return value > 1 ? PROTOCOL_ERROR : NO_ERROR;
      case INITIAL_WINDOW_SIZE:
        return value > MOST_WINDOW ? FLOW_CONTROL_ERROR : this.#window(value);
      case MAX_FRAME_SIZE:
        // Every side takes frames of DEFAULT_FRAME_BYTES, and gets no larger ones.
        return value < DEFAULT_FRAME_BYTES || value > MOST_FRAME_BYTES ? PROTOCOL_ERROR : NO_ERROR;
      case MAX_HEADER_LIST_SIZE:
        this.#sender.mostListBytes = value;
        return NO_ERROR;
      default:
        return NO_ERROR;
    }
  }

  /** Our blocks use no table. A side that makes it smaller must be told once that they do not. */
  #tableSize(bytes: number): void {
    if (this.#hasTold || bytes >= DEFAULT_TABLE_BYTES) return;
    this.#hasTold = true;
    this.#sender.owesTableSize = true;
  }

  #window(bytes: number): number {
    const more = bytes - this.#sender.initialWindow;
    this.#sender.initialWindow = bytes;
    return more === 0 ? NO_ERROR : this.#streams.widenAll(more);
  }
}
