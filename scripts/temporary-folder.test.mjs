import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary-folder.mjs';

test('TMPDIR is respected', () => {
  expect(temporaryFolder({ TMPDIR: '/somewhere' })).toBe('/somewhere');
});
