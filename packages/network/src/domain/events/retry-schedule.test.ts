import { DELIVERY_DAYS } from '@payment-passkeys/protocol';
import { expect, test } from 'vitest';
import { pauseAfter } from './retry-schedule.ts';

test('the pauses grow from seconds to six hours', () => {
  const pauses = Array.from({ length: 12 }, (_, tried) => pauseAfter(tried + 1, 0.5));
  expect(pauses).toEqual([5, 15, 45, 135, 405, 1215, 3645, 10_935, 21_600, 21_600, 21_600, 21_600]);
});

test('a pause differs by at most a fifth', () => {
  expect([pauseAfter(2, 0), pauseAfter(2, 1)]).toEqual([12, 18]);
});

test('within three days there are between 16 and 25 attempts', () => {
  for (const random of [0, 1]) {
    let attempts = 0;
    for (let seconds = 0; seconds < DELIVERY_DAYS * 24 * 60 * 60; seconds += pauseAfter(attempts, random))
      attempts += 1;
    expect(attempts).toBeGreaterThanOrEqual(16);
    expect(attempts).toBeLessThanOrEqual(25);
  }
});
