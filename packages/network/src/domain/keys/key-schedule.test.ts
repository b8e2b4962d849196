import { expect, test } from 'vitest';
import type { KeyFile } from './key-file.ts';
import { scheduleKeys } from './key-schedule.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const signing = (kid: string, activeFrom: string): KeyFile => ({
  ...{ use: 'signing', kid, mode: 'sandbox', activeFrom, privateKey: 'not read' },
});

test('one key of a use is in use; older ones are earlier, a made one is next, and the newest says when its successor is due', () => {
  const files = [
    signing('old', '2026-09-28T12:00:00Z'),
    signing('now', '2026-10-29T12:00:00Z'),
    signing('soon', '2026-11-28T12:10:00Z'),
  ];
  const keys = scheduleKeys(files, NOW);
  expect(keys.map(({ name, state, ageDays }) => [name, state, ageDays])).toEqual([
    ['soon', 'NEXT', 0],
    ['now', 'IN_USE', 30],
    ['old', 'EARLIER', 61],
  ]);
  expect(keys.map(({ rotationDue }) => rotationDue?.toISOString())).toEqual([
    '2026-12-29T12:10:00.000Z',
    undefined,
    undefined,
  ]);
});
