/** The numbers that HTTP/2 speaks in (RFC 9113): types of frames, flags, error codes, settings. */

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

/** Flags. ACK is END_STREAM of other frames. */
export const ACK = 0x1;
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const HAS_PRIORITY = 0x20;

/** Error codes, of a connection or of a stream. */
export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const FLOW_CONTROL_ERROR = 3;
export const SETTINGS_TIMEOUT = 4;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const ENHANCE_YOUR_CALM = 11;

/** Names of settings. */
export const HEADER_TABLE_SIZE = 1;
export const ENABLE_PUSH = 2;
export const MAX_CONCURRENT_STREAMS = 3;
export const INITIAL_WINDOW_SIZE = 4;
export const MAX_FRAME_SIZE = 5;
export const MAX_HEADER_LIST_SIZE = 6;

export const FRAME_HEAD_BYTES = 9;
/** As long as nobody has said otherwise, and the least that may be said. */
export const DEFAULT_FRAME_BYTES = 16_384;
export const MOST_FRAME_BYTES: number = 2 ** 24 - 1;
export const DEFAULT_WINDOW = 65_535;
export const MOST_WINDOW: number = 2 ** 31 - 1;
/** Of the table of header fields. */
export const DEFAULT_TABLE_BYTES = 4_096;
/** The highest number that a stream can have. */
export const LAST_STREAM: number = 2 ** 31 - 1;
