import { expect, it } from 'vitest';
import { fromField, readTime, toField } from './times.ts';

it('a time field is to the minute, and empty without a time', () => {
  expect(toField('2026-11-28T09:05:07.000Z', true)).toBe('2026-11-28T09:05');
  expect(fromField('2026-11-28T09:05', true)).toBe('2026-11-28T09:05:00.000Z');
  expect(fromField(toField('2026-11-28T09:05:00.000Z', false), false)).toBe('2026-11-28T09:05:00.000Z');
  expect([toField(undefined, true), fromField('', false), fromField('never', false)]).toEqual([
    '',
    undefined,
    undefined,
  ]);
});

it('a time of an address may be in any zone', () => {
  expect(readTime('2026-11-28T10:00:00+01:00')).toBe('2026-11-28T09:00:00.000Z');
  expect([readTime(null), readTime('noon')]).toEqual([undefined, undefined]);
});
