/** The files that SECURITY.md names: each exists, and has the titles that are quoted beside it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const document = readFileSync(`${ROOT}SECURITY.md`, 'utf8');

/** As the document says, a path is below packages/network/test/ unless it starts otherwise. It may also be below packages/webauthn/src/. */
function resolve(file: string): string | undefined {
  return [
    `${ROOT}${file}`,
    `${ROOT}packages/network/test/${file}`,
    ...globSync(`${ROOT}packages/webauthn/src/${file}`),
  ].find((path) => existsSync(path));
}

const references = [...document.matchAll(/`([\w./-]+\.ts)`((?:(?:,| and)? "[^"]+")*)/g)].map(
  ([, file = '', quoted = '']) => ({
    file,
    titles: [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }),
);

test('there are many', () => {
  expect(references.length).toBeGreaterThan(60);
  expect(references.flatMap(({ titles }) => titles).length).toBeGreaterThan(25);
});

test.each(references)('$file $titles', ({ file, titles }) => {
  const path = resolve(file);
  expect(path, 'the file').toBeDefined();
  const source = readFileSync(path ?? '', 'utf8').replaceAll("\\'", "'");
  for (const title of titles) {
    for (const part of title.split('…').map((text) => text.trim())) expect(source, title).toContain(part);
  }
});
