/**
 * Builds the hosted page and the cardholder's own page, each with a bundle of its own: src/ → dist/index.html and dist/manage.html (the templates
 * that the network fills in) and dist/assets/* (hashed names, immutable).
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { viteImportGlobPlugin } from 'rolldown/experimental';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const ASSETS = new URL('./assets/', DIST);
/** Where the network serves dist/assets. */
const ASSETS_PATH = '/auth/passkeys/assets/';
const STYLES = ['layout', 'content', 'actions', 'waiting', 'media'];
/** `styles` are joined to one sheet, in this order. */
const PAGES = [
  { name: 'index', bundle: 'page', folder: '', styles: STYLES, begins: '/address-bar.ts' },
  { name: 'manage', bundle: 'manage', folder: 'manage/', styles: [...STYLES, 'manage'] },
];

const built = await Promise.all(PAGES.map(buildPage));

// Only now, so that a failed build does not remove the last one.
await rm(DIST, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
await Promise.all(built.flatMap(({ assets }) => assets).map(writeAsset));
await Promise.all(built.map(({ name, html }) => writeFile(new URL(`${name}.html`, DIST), html)));

async function buildPage(page) {
  const [script, style, template] = await Promise.all([
    bundleScript(page),
    minifyStyle(page),
    readFile(new URL(`${page.folder}index.html`, SOURCE), 'utf8'),
  ]);
  const html = withoutIndentation(template)
    .replace('%SCRIPT%', ASSETS_PATH + script.entry)
    .replace('%STYLE%', ASSETS_PATH + style.name);
  return { name: page.name, html, assets: [...script.files, style] };
}

/** The name of the entry, and all files. Each language is a chunk of its own. */
async function bundleScript({ bundle: name, folder, begins }) {
  const bundle = await rolldown({
    input: { [name]: fileURLToPath(new URL(`${folder}main.ts`, SOURCE)) },
    platform: 'browser',
    tsconfig: false,
    plugins: [viteImportGlobPlugin({})],
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { target: 'es2022' },
  });
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const entry = output.find((file) => file.isEntry);
  if (begins !== undefined && !entry.moduleIds[0].endsWith(begins)) {
    throw new Error(`${entry.moduleIds[0]} would run before the access token is wiped from the address bar`);
  }
  return { entry: entry.fileName, files: output.map(({ fileName, code }) => ({ name: fileName, text: code })) };
}

async function minifyStyle({ bundle, styles }) {
  const sheets = styles.map((name) => readFile(new URL(`styles/${name}.css`, SOURCE), 'utf8'));
  const text = minifyCss((await Promise.all(sheets)).join('\n'));
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  return { name: `${bundle}-${hash}.css`, text };
}

/** Removes comments and unneeded spaces. The sheets have no strings that contain either. */
function minifyCss(css) {
  return css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim();
}

function withoutIndentation(html) {
  return html.replace(/\n\s*/g, '\n');
}

/** Also compressed, as `.br` and `.gz`, for a server that sends compressed files. */
async function writeAsset({ name, text }) {
  await Promise.all([
    writeFile(new URL(name, ASSETS), text),
    writeFile(new URL(`${name}.br`, ASSETS), brotliCompressSync(text)),
    writeFile(new URL(`${name}.gz`, ASSETS), gzipSync(text, { level: 9 })),
  ]);
}
