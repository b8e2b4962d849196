/** Builds the collection's script: src/collection/script.ts → dist/collection-script.js. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);

await mkdir(DIST, { recursive: true });
await writeFile(new URL('collection-script.js', DIST), await buildCollectionScript());

/** One script without imports; API clients run it in an engine of their own, whose version is not known: hence an old target. */
async function buildCollectionScript() {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('collection/script.ts', SOURCE)),
    platform: 'browser',
    tsconfig: false,
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { target: 'es2018' },
  });
  // node-forge falls back to `window`, which Postman's engine lacks, as it lacks `self` and `globalThis`.
  const intro = 'var window = {};';
  const { output } = await bundle.generate({ format: 'iife', intro, minify: true, comments: { legal: true } });
  await bundle.close();
  return output[0].code;
}
