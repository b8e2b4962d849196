/**
 * Builds the registration element for pages without a bundler: src/registration → dist/registration/payment-passkey-registration.js,
 * one file with everything it needs, and catalogue/*.json beside it, which it fetches when a language is asked for.
 */
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DIST = here('./dist/registration/');
const REFERENCE = here('./src/consent/reference/');

await mkdir(`${DIST}catalogue`, { recursive: true });
const bundle = await rolldown({
  input: here('./src/registration/index.ts'),
  platform: 'browser',
  tsconfig: false,
  resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
  transform: { target: 'es2022', typescript: { removeClassFieldsWithoutInitializer: true } },
  plugins: [
    {
      name: 'languages-beside-the-script',
      resolveId: (id) =>
        id.endsWith('/reference-languages.ts') ? here('./src/registration/reference-languages.bundle.ts') : null,
    },
  ],
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  codeSplitting: false,
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
// Written aside and then renamed: whoever reads it meanwhile, as a running bank does, reads it whole.
const draft = `${DIST}.${process.pid}.js`;
await writeFile(draft, output[0].code);
await rename(draft, `${DIST}payment-passkey-registration.js`);
for (const name of await readdir(REFERENCE)) await copyFile(`${REFERENCE}${name}`, `${DIST}catalogue/${name}`);
