/** docs/secrets.md names every secret that the configuration and the folder of keys know. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KEY_USES } from '../domain/keys/key-file.ts';
import { SECRET_SETTINGS } from '../platform/config/secret-files.ts';

const page = readFileSync(new URL('../../../../docs/secrets.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));
const SOURCES = fileURLToPath(new URL('..', import.meta.url));

test.each([...SECRET_SETTINGS, ...KEY_USES])('%s has a row, with what to do when it is lost or stolen', (secret) => {
  const [row = ''] = rows.filter((line) => line.split('|')[1]?.includes(`\`${secret}\``));
  const cells = row.split('|').slice(1, -1);
  expect(cells.length).toBeGreaterThanOrEqual(5);
  for (const cell of cells) expect(cell.trim()).not.toBe('');
});

test('a setting whose name sounds like a secret is in the list, so that it can come in as a file', () => {
  const files = globSync('**/*.ts', { cwd: SOURCES }).filter((file) => !file.endsWith('.test.ts'));
  const named = files.flatMap((file) => [
    ...readFileSync(`${SOURCES}/${file}`, 'utf8').matchAll(/\benv\.([A-Z][A-Z0-9_]*)|\benv\['([A-Z][A-Z0-9_]*)'\]/g),
  ]);
  const settings = new Set(named.map(([, dotted, quoted]) => dotted ?? quoted ?? ''));
  expect(settings).toContain('DATABASE_URL');
  const secret = [...settings].filter((name) => /SECRET|PASSWORD|TOKEN|HEADERS|PRIVATE|DATABASE_URL/.test(name));
  expect(secret.filter((name) => !SECRET_SETTINGS.some((known) => known === name))).toEqual(['PGPASSWORD']);
});
