/** Builds the browser half for pages without a bundler: src/browser → dist/browser/pay-with-passkey.js, one file. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DIST = here('./dist/browser/');

await mkdir(DIST, { recursive: true });
const bundle = await rolldown({
  input: here('./src/browser/index.ts'),
  platform: 'browser',
  tsconfig: false,
  resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
  transform: { target: 'es2022' },
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  codeSplitting: false,
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
// Written under another name and then renamed: a running shop reads the old file or the new one, never half of it.
const draft = `${DIST}.${process.pid}.js`;
await writeFile(draft, output[0].code);
await rename(draft, `${DIST}pay-with-passkey.js`);
