/** The page's reader of server-sent events. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventParser } from '../../src/page/stream.js';

test.each([
  ['one line of data', 'data: a\n\n', [{ name: '', data: 'a', id: null }]],
  ['a name and an id', 'id: 7\nevent: now\ndata: a\n\n', [{ name: 'now', data: 'a', id: '7' }]],
  ['data of several lines', 'data: a\ndata: b\n\n', [{ name: '', data: 'a\nb', id: null }]],
  [
    'one space after the colon is none of the data',
    'data:a\n\ndata:  b\n\n',
    [
      { name: '', data: 'a', id: null },
      { name: '', data: ' b', id: null },
    ],
  ],
  ['a remark is nothing', ': still here\n\ndata: a\n\n', [{ name: '', data: 'a', id: null }]],
  ['a name without data is nothing', 'event: now\n\n', []],
  ['what is not whole waits', 'data: a\n', []],
  [
    'names and ids are of one event',
    'id: 1\nevent: x\ndata: a\n\ndata: b\n\n',
    [
      { name: 'x', data: 'a', id: '1' },
      { name: '', data: 'b', id: null },
    ],
  ],
])('%s', (_what, text, events) => {
  expect(new EventParser().push(text)).toEqual(events);
});

test('wherever it is cut, the events are the same', () => {
  const text = 'id: 1\nevent: now\ndata: {"a":"é"}\n\n: x\n\ndata: b\ndata: c\n\ndata: d\n\n';
  const whole = new EventParser().push(text);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const parser = new EventParser();
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
      const pieces = places.slice(1).map((to, i) => text.slice(places[i], to));
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(whole);
    }),
  );
});
