import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileSchema, REASONS } from '@payment-passkeys/protocol';
import { ExaminationRow } from '@payment-passkeys/protocol/sandbox';
import { describe, expect, test } from 'vitest';
import { ROWS, type Row } from './index.ts';

const ALL = Object.values(ROWS).flat();
const idsOf = (role: keyof typeof ROWS) => ROWS[role].map(({ id }) => id);

test('every id is used once, and every row has the form of the wire', () => {
  const schema = compileSchema(ExaminationRow);
  for (const { role: _, scenario: _scenario, play: _play, expects: _expects, endsWith: _endsWith, ...row } of ALL) {
    expect(schema.violations({ ...row, state: 'PENDING' }), row.id).toEqual([]);
  }
  expect(new Set(ALL.map(({ id }) => id)).size).toBe(ALL.length);
});

describe('contract §3: there is a row for every reason', () => {
  const wireName = (reason: string) => reason.toLowerCase().replaceAll('_', '-');

  test('of 2A and of 2B, for issuers', () => {
    const onlyCreate = ['DUPLICATE_CREDENTIALS', 'CREDENTIALS_CREATION_NOT_ALLOWED'];
    for (const reason of REASONS) {
      const rows = idsOf('ISSUER').filter((id) => id.endsWith(`-${wireName(reason)}`));
      const expected =
        reason === 'CREDENTIALS_NOT_VERIFIED' ? ['use'] : onlyCreate.includes(reason) ? ['create'] : ['create', 'use'];
      expect(rows).toEqual(expected.map((scenario) => `${scenario}-${wireName(reason)}`));
    }
  });

  test('of payments, for merchants, except those of a creation', () => {
    const reasons = REASONS.filter(
      (reason) => !['DUPLICATE_CREDENTIALS', 'CREDENTIALS_CREATION_NOT_ALLOWED'].includes(reason),
    );
    expect(idsOf('MERCHANT')).toEqual(expect.arrayContaining(reasons.map((reason) => `pay-${wireName(reason)}`)));
  });
});

test('only the reports of Secure Payment Confirmation need a browser', () => {
  expect(ALL.filter(({ needs }) => needs === 'BROWSER').map(({ id }) => id)).toEqual([
    'pay-report-refused',
    'pay-report-forged-proof',
  ]);
});

test('a row whose shop keeps the order open is followed by a payment of the same order, and no other', () => {
  for (const { id, expects, afterwards } of ALL)
    expect(afterwards, id).toBe(expects === 'KEEPS_ORDER_OPEN' ? 'SAME_ORDER' : undefined);
});

/** One line for a row. */
function describeRow({ id, cardholder, afterwards, needs, played, right, contract }: Row): string {
  const { do: action, device, returns } = cardholder;
  const does = [`${action}, ${device}`, returns === 'TWICE' && 'TWICE', afterwards, needs && 'needs a browser'];
  return `| \`${id}\` | ${does.filter(Boolean).join('; ')} | ${played} | ${right} | ${contract} |`;
}

test('docs/be-examined.md has every row', async () => {
  const file = fileURLToPath(new URL('../../../../../../docs/be-examined.md', import.meta.url));
  const page = (await readFile(file, 'utf8')).replaceAll(
    /(<!-- rows: (\w+) -->\n)[\s\S]*?(<!-- \/rows -->)/g,
    (_all, before: string, role: keyof typeof ROWS, after: string) =>
      [
        `${before}| Row | Cardholder | What is played | What is right | Contract |`,
        '| --- | --- | --- | --- | --- |',
        ...ROWS[role].map(describeRow),
        after,
      ].join('\n'),
  );
  await expect(page).toMatchFileSnapshot(file);
});
