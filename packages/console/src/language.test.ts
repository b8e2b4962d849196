import { expect, test } from 'vitest';
import { byName, formatDuration, formatShare } from './language.ts';

test.each([
  [0, '0ms'],
  [203.4, '203ms'],
  [999.6, '1s'],
  [2_240, '2.2s'],
  [59_940, '59.9s'],
  [59_960, '1m'],
  [222_000, '3m 42s'],
  [900_000, '15m'],
  [3_599_600, '1h'],
  [3_725_000, '1h 2m'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0%'],
  [0.00002, '<0.1%'],
  [0.0007, '0.1%'],
  [0.05, '5.0%'],
  [0.692, '69%'],
])('a share of %d is %s', (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test('names are in the order in which people look them up', () => {
  const names = ['shop 10', 'Ærø Bank', 'Shop 2', 'Zebra', 'bank'].map((name) => ({ name }));
  expect(byName(names).map(({ name }) => name)).toEqual(['Ærø Bank', 'bank', 'Shop 2', 'shop 10', 'Zebra']);
});
