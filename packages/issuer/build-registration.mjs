/**
 * Builds the registration element for pages without a bundler: src/registration → dist/registration/payment-passkey-registration.js,
 * one file with everything it needs, and catalogue/*.json beside it, which it fetches when a language is asked for.
 */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
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
await bundle.write({
  file: `${DIST}payment-passkey-registration.js`,
  format: 'esm',
  minify: true,
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
for (const name of await readdir(REFERENCE)) await copyFile(`${REFERENCE}${name}`, `${DIST}catalogue/${name}`);
