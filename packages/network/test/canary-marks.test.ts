/** The canary's search finds each mark in each encoding. A search that finds nothing would let every leak pass. */
import { expect, test } from 'vitest';
import { MARKS } from './canary-accounts.ts';
import { findMarks } from './canary-marks.ts';

test('the marks would be: the search finds each of them in every disguise', () => {
  for (const value of MARKS) {
    expect(findMarks(`x${value}y`, [value]).map(({ disguise }) => disguise)).toContain('in clear');
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      for (const before of ['', 'a', 'ab']) {
        const text = Buffer.from(`${before}${value}`).toString(encoding);
        expect(findMarks(`"${text}"`, [value]), `${value} ${encoding}`).not.toEqual([]);
      }
    }
  }
});
