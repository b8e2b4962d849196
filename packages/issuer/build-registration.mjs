/**
 * Builds the registration element for pages without a bundler: src/registration → dist/registration/payment-passkey-registration.js,
 * one file with everything it needs, and catalogue/*.json beside it, which it fetches when a language is asked for.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { copyReference, fetchingModule, withLanguagesModule } from './build-reference.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DIST = here('./dist/registration/');

await mkdir(DIST, { recursive: true });
const bundle = await rolldown({
  input: here('./src/registration/index.ts'),
  platform: 'browser',
  tsconfig: false,
  resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
  transform: { target: 'es2022', typescript: { removeClassFieldsWithoutInitializer: true } },
  plugins: [withLanguagesModule(fetchingModule())],
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  codeSplitting: false,
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
// Written under another name and then renamed: a running bank reads the old file or the new one, never half of it.
const draft = `${DIST}.${process.pid}.js`;
await writeFile(draft, output[0].code);
await rename(draft, `${DIST}payment-passkey-registration.js`);
await copyReference(new URL('catalogue/', pathToFileURL(DIST)));
