/** Guards of HTTP/2 and of gRPC on it. */
import { type Mutant, mutantsOf } from './mutant.ts';

const HTTP2 = 'src/transport/http2';
const SESSION = 'test/transport/http2/session.test.ts';
const FLOOD = 'test/transport/http2/flood.test.ts';
const FLOW = 'test/transport/http2/flow-control.test.ts';
const DECODER = 'test/transport/http2/wire/field-decoder.test.ts';
const CONNECTION = 'test/transport/grpc/connection.test.ts';
const UNARY = 'test/transport/grpc/unary.test.ts';
const HEALTH = 'test/transport/grpc/health.test.ts';

export const HTTP2_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(`${HTTP2}/field-blocks.ts`, SESSION, [
    [
      'a remembered block is forgotten with the next one',
      'this.#knownBytes = 0;\n    this.#decoder.begin();',
      'this.#decoder.begin();',
    ],
    [
      'a block that changes a table is not remembered',
      '!isTrailers && before === this.#decoder.changes',
      '!isTrailers',
    ],
    [
      'trailers are not what a remembered block was',
      '!isTrailers && this.#isKnown',
      'this.#isKnown',
    ],
    ['a block ends with a whole field', 'return this.#rest.length === 0;', 'return true;'],
  ]),
  ...mutantsOf(`${HTTP2}/wire/header-table.ts`, SESSION, [
    ['a new field changes what numbers mean', 'this.changes++;\n    const bytes', 'const bytes'],
  ]),
  ...mutantsOf(`${HTTP2}/wire/field-decoder.ts`, DECODER, [
    ['a change of size comes first', 'this.#hasField || ', ''],
    ['the table is not made larger than it was said to be', ' || bytes > DEFAULT_TABLE_BYTES', ''],
    ['strings are bounded', 'if (length > MOST_STRING_BYTES) return BROKEN;', ''],
    ['numbers are bounded', 'i < MOST_NUMBER_BYTES', 'i < 10'],
  ]),
  ...mutantsOf(`${HTTP2}/streams.ts`, FLOW, [
    ['the window of a connection is topped up', 'this.#topUp(bytes);', ''],
    ['padding is told back', 'this.#topUp(bytes);', 'this.#topUp(data.length);'],
    [
      'a stream sends no more than it may',
      'if (stream.consumed > STREAM_WINDOW) this.reset(stream, FLOW_CONTROL_ERROR);\n    else ',
      '',
    ],
    [
      'a body that is too long is not kept',
      '} else if (stream.received > route.mostBytes) {\n      this.#dropBody(stream);',
      '} else if (stream.received > route.mostBytes) {',
    ],
    [
      'a client may stop sending what nobody reads',
      'if (!stream.isRead) this.#tellReset(stream.id, NO_ERROR);',
      '',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/streams.ts`, SESSION, [
    ['streams are bounded', 'this.#open.size >= MOST_STREAMS', 'this.#open.size < 0'],
    ['numbers of streams rise', 'if (id <= this.lastId) {', 'if (id < 0) {'],
    ['after the last word nothing is answered', 'if (id > this.lastAnswered) return NO_ERROR;', ''],
    [
      'a length is that of the data',
      'head.contentLength !== null && head.contentLength !== received',
      'head.contentLength === -1',
    ],
    [
      'what is on its way after a reset is nobody’s fault',
      'id <= this.lastAnswered && !this.#resets.has(id)',
      'id <= this.lastAnswered',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/sender.ts`, FLOW, [
    [
      'an answer waits for its window',
      'const most = Math.min(this.#window, stream.window, DEFAULT_FRAME_BYTES);',
      'const most = DEFAULT_FRAME_BYTES;',
    ],
    ['a window has a bound', 'if (stream.window > MOST_WINDOW) return FLOW_CONTROL_ERROR;', ''],
    ['what waits no more holds nothing', 'this.heldBytes -= stream.waiting.length;', ''],
    ['the table is said to be empty once', 'this.owesTableSize = false;\n', ''],
  ]),
  ...mutantsOf(`${HTTP2}/goodbye.ts`, SESSION, [
    [
      'a client is told first that it will be told',
      "this.#writer.goAway(LAST_STREAM, NO_ERROR, '');",
      'this.#leave();',
    ],
    [
      'a client that does not say that it has heard is given up',
      "this.#phase === 'warned' && isLate",
      'false',
    ],
    ['what is open is answered first', ' && this.#streams.size === 0', ''],
  ]),
  ...mutantsOf(`${HTTP2}/goodbye.ts`, 'test/envoy/unasked.test.ts', [
    [
      'Envoy lets nothing through unasked while its connection ends',
      "this.#writer.goAway(LAST_STREAM, NO_ERROR, '');",
      'this.#leave();',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/flood.ts`, FLOOD, [
    ['a flood ends a connection', 'if (nowUs - this.#sinceUs <= SECOND_US) return true;', ''],
  ]),
  ...mutantsOf(`${HTTP2}/session.ts`, FLOOD, [
    [
      'calls are no flood',
      'if (calls !== this.streams.calls) this.#flood.call(nowUs);\n    ',
      'if (calls !== this.streams.calls && nowUs < 0) this.#flood.call(nowUs);\n    ',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/session.ts`, SESSION, [
    ['a connection has its turn', 'writer.length >= MOST_WRITTEN_BYTES || !hasTime()', 'false'],
    [
      'a block is not interrupted',
      'if (this.#requests.isAwaiting && type !== CONTINUATION) return PROTOCOL_ERROR;',
      '',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/deadlines.ts`, CONNECTION, [
    [
      'a client that does not read is given up',
      "if (this.#deafSinceUs !== null && nowUs - this.#deafSinceUs >= mostUs) return 'unread';",
      '',
    ],
    ['a client that is gone is found', 'session.probe();', ''],
    ['half a call ends', 'if (isHalf && nowUs - arrivedUs >= mostUs) return true;', ''],
    [
      'half a frame ends the connection',
      "session.fail(ENHANCE_YOUR_CALM, 'timeout', 'a frame must arrive whole in time');",
      '',
    ],
    [
      'first words come in time',
      "if (ageMs >= headersTimeoutMs) session.fail(SETTINGS_TIMEOUT, 'timeout', 'no SETTINGS');",
      '',
    ],
  ]),
  ...mutantsOf(`${HTTP2}/connection.ts`, 'test/transport/http2/turns.test.ts', [
    ['what more will follow has a turn to itself', 'bytes.length >= MOST_READ_BYTES || ', ''],
  ]),
  ...mutantsOf(`${HTTP2}/connection.ts`, CONNECTION, [
    ['who does not read is read no further', 'else if (!isTaken) this.#hold();', ''],
    [
      'what was asked before the end of the client is answered',
      'streams.resetLate(({ isRead }) => !isRead);',
      'streams.resetLate(() => true);',
    ],
    [
      'a connection beyond the bound is there for one look',
      "if (isOnce) session.leave('crowd', nowUs);",
      '',
    ],
  ]),
  ...mutantsOf('src/transport/grpc/message-frame.ts', UNARY, [
    ['a compressed message is not read', 'if (body[0] !== 0) return COMPRESSED;', ''],
    [
      'a call has one message',
      'return lengthAt(body, 0) === body.length - PREFIX_BYTES ? null : NOT_ONE;',
      'return null;',
    ],
  ]),
  ...mutantsOf('src/transport/grpc/unary-route.ts', UNARY, [
    [
      'a call over a bound has the answer of its method',
      'if (overBound === undefined) giveFault',
      'if (overBound !== undefined) giveFault',
    ],
  ]),
  ...mutantsOf('src/transport/grpc/health.ts', HEALTH, [
    ['who listens hears of the end', 'stream.end(ENDING_TRAILERS);', ''],
    ['a change is told', 'if (this.#watches.size > 0) this.#poll();', ''],
  ]),
  ...mutantsOf(`${HTTP2}/stream.ts`, HEALTH, [
    ['calls that stay open are few', ' || this.#host.stayingCalls >= MOST_STAYING', ''],
    ['their places become free', 'if (this.#isStaying) this.#host.stayingCalls--;', ''],
  ]),
];
