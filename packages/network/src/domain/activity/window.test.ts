import { describe, expect, test } from 'vitest';
import { bucketsOf, chooseWindow, partsOf, windowBefore } from './window.ts';

const NOW = new Date('2026-11-24T12:02:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * 60 * 60 * 1000);

describe('the buckets', () => {
  test.each([
    [1, 300, '2026-11-24T11:00:00.000Z', '2026-11-24T12:05:00.000Z'],
    [24, 300, '2026-11-23T12:00:00.000Z', '2026-11-24T12:05:00.000Z'],
    [25, 3600, '2026-11-23T11:00:00.000Z', '2026-11-24T13:00:00.000Z'],
    [8 * 24, 3600, '2026-11-16T12:00:00.000Z', '2026-11-24T13:00:00.000Z'],
    [9 * 24, 86400, '2026-11-15T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    [90 * 24, 86400, '2026-08-26T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
  ] as const)('of the last %i hours have %i seconds, and the time is moved outwards', (hours, seconds, from, to) => {
    const window = chooseWindow(ago(hours), NOW, NOW);
    expect(window).toEqual({ from: new Date(from), to: new Date(to), bucketSeconds: seconds });
  });

  test.each([
    [1, -4 * 60],
    [24, 0.005],
    [8 * 24, 0.005],
    [90 * 24, 0.005],
    [90 * 24, 4 * 60],
  ])('of the last %i hours are the same for a clock that is %d seconds behind', (hours, seconds) => {
    const from = new Date(ago(hours).getTime() - seconds * 1000);
    expect(chooseWindow(from, NOW, NOW)).toEqual(chooseWindow(ago(hours), NOW, NOW));
  });

  test('are longer for a time whose short ones are deleted', () => {
    expect(chooseWindow(ago(52), ago(50), NOW)).toMatchObject({ bucketSeconds: 3600 });
    expect(chooseWindow(ago(91 * 24), ago(90 * 24), NOW)).toMatchObject({ bucketSeconds: 86400 });
  });

  test('are without a gap, and so is the time before', () => {
    const window = chooseWindow(ago(2), NOW, NOW);
    if (typeof window === 'string') throw new Error(window);
    const all = [...bucketsOf(windowBefore(window)), ...bucketsOf(window)].map((at) => at.getTime());
    expect(new Set(all.slice(1).map((at, position) => at - (all[position] ?? 0)))).toEqual(new Set([300_000]));
    expect(all.at(-1)).toBe(window.to.getTime() - 300_000);
  });
});

test('the parts of a time are the same time, in the longest buckets that fit', () => {
  const partsOfLast = (hours: number) => {
    const window = chooseWindow(ago(hours), NOW, NOW);
    if (typeof window === 'string') throw new Error(window);
    return partsOf(window).map((part) => [part.from.toISOString(), part.to.toISOString(), part.bucketSeconds]);
  };
  expect(partsOfLast(24)).toEqual([
    ['2026-11-23T12:00:00.000Z', '2026-11-24T12:00:00.000Z', 3600],
    ['2026-11-24T12:00:00.000Z', '2026-11-24T12:05:00.000Z', 300],
  ]);
  expect(partsOfLast(7 * 24)).toEqual([
    ['2026-11-17T12:00:00.000Z', '2026-11-18T00:00:00.000Z', 3600],
    ['2026-11-18T00:00:00.000Z', '2026-11-24T00:00:00.000Z', 86_400],
    ['2026-11-24T00:00:00.000Z', '2026-11-24T13:00:00.000Z', 3600],
  ]);
  expect(partsOfLast(90 * 24)).toEqual([['2026-08-26T00:00:00.000Z', '2026-11-25T00:00:00.000Z', 86_400]]);
  const short = {
    from: new Date('2026-11-24T11:05:00Z'),
    to: new Date('2026-11-24T11:55:00Z'),
    bucketSeconds: 300,
  } as const;
  expect(partsOf(short)).toEqual([short]);
});

test.each([
  [1, 2, 'ENDS_BEFORE_IT_BEGINS'],
  [1, 1, 'ENDS_BEFORE_IT_BEGINS'],
  [1, 0.5, 'TOO_SHORT'],
  [90 * 24 + 1, 0, 'TOO_LONG'],
  [-1, -2, 'IN_THE_FUTURE'],
] as const)('from %d hours ago to %d hours ago: %s', (from, to, fault) => {
  expect(chooseWindow(ago(from), ago(to), NOW)).toBe(fault);
});
