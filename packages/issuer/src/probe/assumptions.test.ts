import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ASSUMPTIONS } from './assumptions.ts';

const PAGE = new URL('../../../../docs/moving-to-mastercard.md', import.meta.url);

test('the table of docs/moving-to-mastercard.md is made of these rows, in this order', () => {
  const rows = ASSUMPTIONS.map(({ id, value, assumed, basis, option }) => {
    return `| \`${id}\` | ${value} | ${assumed} | ${basis} |${option === '' ? '' : ` ${option}`} |`;
  });
  const table = ['| Id | Value | Default | | Option |', '|---|---|---|---|---|', ...rows].join('\n');
  expect(readFileSync(PAGE, 'utf8')).toContain(`\n${table}\n\n`);
});

test('no two have one id', () => {
  expect(new Set(ASSUMPTIONS.map(({ id }) => id)).size).toBe(ASSUMPTIONS.length);
});
