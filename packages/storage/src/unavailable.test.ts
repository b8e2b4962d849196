import { expect, test } from 'vitest';
import { isDatabaseUnavailable } from './unavailable.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

test.each([
  ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
  ['a lost connection', new Error('Connection terminated unexpectedly')],
  ['a refused connection', withCode('ECONNREFUSED')],
  ['too many connections', withCode('53300')],
  ['a statement over its time limit', withCode('57014')],
  ['a row whose shard is being moved by Citus', withCode('CIINF')],
])('%s: the database cannot be used just now', (_title, error) => {
  expect(isDatabaseUnavailable(error)).toBe(true);
});

test.each([
  ['a text that PostgreSQL cannot keep', withCode('22021')],
  ['a broken constraint', withCode('23505')],
  ['any other error', new Error('x')],
  ['what is no error', 'timeout exceeded when trying to connect'],
])('%s: that is no such thing', (_title, error) => {
  expect(isDatabaseUnavailable(error)).toBe(false);
});
