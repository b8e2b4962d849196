/**
 * Builds the API reference: src/page/ and Swagger UI → dist/index.html and dist/assets/* (hashed names, immutable), and the scripts of the
 * collections: src/collection/script.ts → dist/collection-script.js, src/collection/bruno-script.ts → dist/bruno-script.js.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildStyle, bundleScripts, withoutIndentation, writeAsset } from '../../scripts/web-assets.mjs';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const ASSETS = new URL('./assets/', DIST);
/** Where the network serves dist/assets. */
const ASSETS_PATH = '/docs/assets/';

const [script, style, renderer, rendererStyle, template, collectionScript, brunoScript] = await Promise.all([
  bundleScripts({ name: 'reference', file: fileURLToPath(new URL('page/main.ts', SOURCE)) }),
  buildSheets(['page/page.css', 'page/renderer.css']),
  readRenderer('swagger-ui-bundle.js'),
  readRenderer('swagger-ui.css'),
  readFile(new URL('page/index.html', SOURCE), 'utf8'),
  buildCollectionScript('script.ts', {
    format: 'iife',
    // node-forge falls back to `window`, which Postman's engine lacks, as it lacks `self` and `globalThis`.
    intro: 'var window = {};',
  }),
  buildCollectionScript('bruno-script.ts', {
    format: 'cjs',
    exports: 'default',
    // node-forge takes random numbers from `window.crypto`, or weak ones without it.
    intro: "var window = { crypto: typeof crypto === 'object' ? crypto : undefined };",
  }),
]);
const html = withoutIndentation(template)
  .replace('%RENDERER_STYLE%', ASSETS_PATH + rendererStyle.name)
  .replace('%STYLE%', ASSETS_PATH + style.name)
  .replace('%RENDERER%', ASSETS_PATH + renderer.name)
  .replace('%SCRIPT%', ASSETS_PATH + script.entry);

// Only now, so that a failed build does not remove the last one.
await rm(DIST, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
await Promise.all([...script.files, style, renderer, rendererStyle].map((asset) => writeAsset(ASSETS, asset)));
await writeFile(new URL('collection-script.js', DIST), collectionScript);
await writeFile(new URL('bruno-script.js', DIST), brunoScript);
await writeFile(new URL('index.html', DIST), html);

async function buildSheets(files) {
  const sheets = await Promise.all(files.map((file) => readFile(new URL(file, SOURCE), 'utf8')));
  return buildStyle('reference', sheets.join('\n'));
}

/** Swagger UI's own build without the addresses of source maps, which are not served. Its sheet is in a layer: every rule of ours is stronger. */
async function readRenderer(file) {
  const built = await readFile(new URL(import.meta.resolve(`swagger-ui-dist/${file}`)), 'utf8');
  const own = built.replace(/\n?(\/\/|\/\*)# sourceMappingURL=\S+( \*\/)?\s*$/, '\n');
  const text = file.endsWith('.css') ? `@layer renderer{${own}}\n` : own;
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  const [name, extension] = file.split('.');
  return {
    name: `${name}-${hash}.${extension}`,
    text,
  };
}

/** One script without imports; API clients run it in an engine of their own, whose version is not known: hence an old target. */
async function buildCollectionScript(file, output) {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`collection/${file}`, SOURCE)),
    platform: 'browser',
    tsconfig: false,
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { target: 'es2018' },
  });
  const made = await bundle.generate({ ...output, minify: true, comments: { legal: true } });
  await bundle.close();
  return made.output[0].code;
}
