import { expect, test } from 'vitest';
import { readTraceparent } from './trace-context.ts';

const IDS = `${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test.each([
  ['version 00', `00-${IDS}`, true],
  ['version 00 with a further field', `00-${IDS}-x`, false],
  ['a later version', `01-${IDS}`, true],
  ['a later version with further fields', `01-${IDS}-more-of-it`, true],
  ['a later version that does not end after four fields', `01-${IDS}0`, false],
  ['version ff', `ff-${IDS}`, false],
  ['a header that was sent twice: the last one', `rubbish, 00-${IDS}`, true],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, false],
])('%s', (_title, text, isRead) => {
  expect(readTraceparent(text) !== undefined).toBe(isRead);
});
