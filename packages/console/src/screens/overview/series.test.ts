import { expect, it } from 'vitest';
import { readable } from './series.ts';

const BEGIN = Date.parse('2026-11-28T16:10:00Z');
const bucketsOf = (count: number, seconds: number) =>
  Array.from({ length: count }, (_, position) => ({
    at: new Date(BEGIN + position * seconds * 1000).toISOString(),
    ...{ started: 5, succeeded: 2, cancelled: 1, failed: 1, expired: 1 },
  }));

it('a day of five minutes is shown in half hours, which count the same sessions', () => {
  const { series, bucketSeconds } = readable({ series: bucketsOf(289, 300), bucketSeconds: 300 });
  expect(bucketSeconds).toBe(1800);
  expect(series.slice(0, 2)).toEqual([
    { at: '2026-11-28T16:10:00.000Z', started: 20, succeeded: 8, cancelled: 4, failed: 4, expired: 4 },
    { at: '2026-11-28T16:30:00.000Z', started: 30, succeeded: 12, cancelled: 6, failed: 6, expired: 6 },
  ]);
  expect(series).toHaveLength(49);
  expect(series.reduce((sum, { started }) => sum + started, 0)).toBe(289 * 5);
});

it.each([
  [13, 300],
  [169, 3600],
  [91, 86_400],
] as const)('%i buckets of %i seconds are shown as they are', (count, bucketSeconds) => {
  const series = bucketsOf(count, bucketSeconds);
  expect(readable({ series, bucketSeconds })).toEqual({ series, bucketSeconds });
});
