/** What the page makes of numbers, times and the text of strangers. */
import { expect, test } from 'vitest';
import { clock, duration, partsOf, percent, short, whole } from '../../src/page/format.js';

test.each([
  [0, '0 s'],
  [0.000_05, '50 µs'],
  [0.0125, '12.5 ms'],
  [1.5, '1.5 s'],
  [59.96, '60 s'],
  [60, '1 min'],
  [125, '2 min 5 s'],
  [3_600, '1 h'],
  [5_400, '1 h 30 min'],
  [86_400, '1 d'],
  [100_800, '1 d 4 h'],
  [31_622_400, '366 d'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [whole(1_234_567), '1,234,567'],
  [short(0.851), '0.851'],
  [short(999), '999'],
  [short(12_345), '12.3K'],
  [percent(0.0335), '3.35 %'],
  [percent(1), '100 %'],
])('%s is %s', (shown, text) => {
  expect(shown).toBe(text);
});

test('what is no time is shown as it is', () => {
  expect(clock('never')).toBe('never');
  expect(clock('2026-11-29T02:30:00.000Z')).toContain('2026');
});

test.each([
  ['alice', ['alice']],
  ['', ['']],
  ['<b>&amp;', ['<b>&amp;']],
  ['a\u202eb', ['a', 'U+202E', 'b']],
  ['\0', ['', 'U+0000', '']],
  ['a\u200b\r\n', ['a', 'U+200B', '', 'U+000D', '', 'U+000A', '']],
  ['\ud800x', ['', 'U+D800', 'x']],
  ['\u{e0061}', ['', 'U+E0061', '']],
  ['\u2028\u2029', ['', 'U+2028', '', 'U+2029', '']],
  ['ключ 鍵 🔑', ['ключ 鍵 🔑']],
])('what nobody would see of %j is named', (text, parts) => {
  expect(partsOf(text)).toEqual(parts);
});
