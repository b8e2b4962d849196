import { expect, test } from 'vitest';
import { issueNumber } from './replacement.ts';

test.each([
  // The numbers on the right are published test numbers of these ranges.
  ['5555555500000000', 5_555_444, '5555555555554444'],
  ['5105105100000000', 510_510, '5105105105105100'],
  ['378282240000000', 631_000, '378282246310005'],
])('a number of the range of %s', (before, random, issued) => {
  expect(issueNumber(before, () => random)).toBe(issued);
});

test('is never the old number', () => {
  const randoms = [5_555_444, 5_555_445];
  const issued = issueNumber('5555555555554444', () => randoms.shift() ?? 0);
  expect(issued).toMatch(/^555555555555445[0-9]$/);
});
