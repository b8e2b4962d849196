import { expect, test } from 'vitest';
import { cacheKeys } from './cached-keys.ts';

const SECOND = 1000;

function cacheAt(fetchKeys: () => Promise<number>) {
  let now = 0;
  return {
    keys: cacheKeys({ fetchKeys, clock: () => new Date(now) }),
    at: (seconds: number) => {
      now = seconds * SECOND;
    },
  };
}

test('keys are fetched once, and again when they are ten minutes old', async () => {
  let fetches = 0;
  const { keys, at } = cacheAt(async () => ++fetches);
  expect(await Promise.all([keys.current('context'), keys.current('context'), keys.refreshed('context')])).toEqual([
    1, 1, 1,
  ]);
  at(599);
  expect(await keys.current('context')).toBe(1);
  at(600);
  expect(await keys.current('context')).toBe(2);
});

test('a missing key has them fetched again, at most every thirty seconds', async () => {
  let fetches = 0;
  const { keys, at } = cacheAt(async () => ++fetches);
  await keys.current('context');
  at(29);
  expect(await keys.refreshed('context')).toBe(1);
  at(30);
  expect(await keys.refreshed('context')).toBe(2);
  expect(await keys.refreshed('context')).toBe(2);
});

test('a failed fetch is not remembered', async () => {
  let fetches = 0;
  const { keys } = cacheAt(async () => {
    if (++fetches === 1) throw new Error('down');
    return fetches;
  });
  await expect(keys.current('context')).rejects.toThrow('down');
  expect(await keys.current('context')).toBe(2);
});
