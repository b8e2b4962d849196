import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPasswordCheck } from './password-check.ts';

/** A hash in the format of `hashPassword`, at the lowest possible cost. */
const STORED = `scrypt$10$8$1$${'A'.repeat(22)}$${scryptSync('right', Buffer.alloc(16), 32, { N: 1024, r: 8, p: 1 }).toString('base64url')}`;

test('the right password matches, a wrong one differs, and so does any where nobody is stored', async () => {
  const check = createPasswordCheck({ running: 3, waiting: 0 });
  const answers = [check.compare('right', STORED), check.compare('wrong', STORED), check.compare('right', undefined)];
  expect(await Promise.all(answers)).toEqual(['MATCHES', 'DIFFERS', 'DIFFERS']);
});

test('of many at once as many as may run and wait are compared, the rest is BUSY, and afterwards there is room again', async () => {
  const check = createPasswordCheck({ running: 1, waiting: 2 });
  const answers = Array.from({ length: 6 }, () => check.compare('right', STORED));
  expect(await Promise.race(answers.slice(3))).toBe('BUSY');
  expect(await Promise.all(answers)).toEqual(['MATCHES', 'MATCHES', 'MATCHES', 'BUSY', 'BUSY', 'BUSY']);
  expect(await check.compare('right', STORED)).toBe('MATCHES');
});
