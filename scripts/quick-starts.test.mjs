/** The quick starts of examples/: the files that all banks have are the same, and each quick start needs the kit of this version. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const EXAMPLES = new URL('../examples/', import.meta.url);
const BANKS = readdirSync(EXAMPLES).filter((name) => name.endsWith('-bank'));
const read = (path) => readFileSync(new URL(path, EXAMPLES), 'utf8');

test.each(['settings.mjs', 'stand-in.mjs', 'passkeys.mjs', 'pages.mjs'])(
  '%s is the same in every bank: they differ in their framework alone',
  (file) => {
    expect(BANKS).toHaveLength(4);
    for (const bank of BANKS) expect([bank, read(`${bank}/${file}`)]).toEqual([bank, read(`${BANKS[0]}/${file}`)]);
  },
);

test.each([...BANKS, 'express-shop'])("%s needs the kit of this repository's version", (name) => {
  const { version } = JSON.parse(read('../package.json'));
  const { dependencies } = JSON.parse(read(`${name}/package.json`));
  const kits = Object.entries(dependencies).filter(([dependency]) => dependency.startsWith('@payment-passkeys/'));
  expect(kits.map(([, needed]) => needed)).toEqual([version]);
  expect(read(`${name}/README.md`)).toContain(`-${version}.tgz`);
});
