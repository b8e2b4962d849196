import { describe, expect, test } from 'vitest';
import { durationsOf, openOf, ratesOf, standsOut, sumOf } from './measures.ts';
import type { Counts } from './store.ts';

const counts = (given: Partial<Counts>): Counts => ({ ...sumOf([]), ...given });
const failing = (failed: number, ended: number) => counts({ failed, succeeded: ended - failed });

describe('a client stands out', () => {
  const others = failing(50, 1000);
  test.each([
    ['30 % after 5 %', failing(9, 30), failing(5, 100), true],
    ['30 % after 5 %, of too few sessions', failing(8, 29), failing(5, 100), false],
    ['15 % after 5 %: 10 points and three times as high', failing(15, 100), failing(5, 100), true],
    ['14 % after 5 %: not 10 points higher', failing(14, 100), failing(5, 100), false],
    ['50 % after 40 %: not twice as high', failing(50, 100), failing(40, 100), false],
    ['30 %, new: compared with all clients', failing(9, 30), failing(0, 0), true],
    ['14 %, new: compared with all clients', failing(14, 100), failing(0, 29), false],
    ['less than before', failing(1, 100), failing(30, 100), false],
  ] as const)('%s', (_, now, before, expected) => {
    expect(standsOut(now, { before, others })).toBe(expected);
  });

  test('by passkeys that its own back end does not bind', () => {
    const now = counts({ unbound: 30, succeeded: 70 });
    expect(standsOut(now, { before: failing(5, 100), others })).toBe(true);
  });
});

test('rates are shares of ended sessions, without superseded ones; without any there is none', () => {
  const some = counts({ started: 14, succeeded: 5, cancelled: 2, failed: 1, unbound: 1, expired: 1, superseded: 2 });
  expect(ratesOf(some)).toEqual({ succeeded: 0.5, cancelled: 0.2, failed: 0.2, abandoned: 0.1 });
  expect(openOf(some)).toBe(2);
  expect(ratesOf(counts({ started: 3, superseded: 2 }))).toBeUndefined();
});

test('durations are read from the histogram, evenly within a step', () => {
  expect(durationsOf(counts({}))).toBeUndefined();
  expect(durationsOf(counts({ within_10: 100 }))).toEqual({ median: 7.5, p95: 9.8 });
  expect(durationsOf(counts({ within_5: 50, within_900: 50 }))).toEqual({ median: 5, p95: 840 });
});
