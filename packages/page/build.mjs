/** Builds the page: src/ → dist/index.html (the template the network fills in) and dist/assets/* (hashed names, immutable). */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const ASSETS = new URL('./assets/', DIST);
/** Where the network serves dist/assets. */
const ASSETS_PATH = '/auth/passkeys/assets/';

await rm(DIST, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
const [script, style] = await Promise.all([buildScript(), buildStyle()]);
const template = await readFile(new URL('index.html', SOURCE), 'utf8');
const page = withoutIndentation(template)
  .replace('%SCRIPT%', ASSETS_PATH + script)
  .replace('%STYLE%', ASSETS_PATH + style);
await writeFile(new URL('index.html', DIST), page);

/** The name of the entry's file. Languages become chunks beside it. */
async function buildScript() {
  const bundle = await rolldown({
    input: { page: fileURLToPath(new URL('main.ts', SOURCE)) },
    platform: 'browser',
    tsconfig: false,
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { target: 'es2022' },
  });
  const { output } = await bundle.write({
    dir: fileURLToPath(ASSETS),
    format: 'esm',
    minify: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  return output.find((file) => file.type === 'chunk' && file.isEntry).fileName;
}

async function buildStyle() {
  const css = minifyCss(await readFile(new URL('page.css', SOURCE), 'utf8'));
  const hash = createHash('sha256').update(css).digest('base64url').slice(0, 8);
  const name = `page-${hash}.css`;
  await writeFile(new URL(name, ASSETS), css);
  return name;
}

/** Comments and needless space only; our sheet has no strings with either in them. */
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
