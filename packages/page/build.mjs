/**
 * Builds the hosted page and the cardholder's own page, each with a bundle of its own: src/ → dist/index.html and dist/manage.html (the templates
 * that the network fills in) and dist/assets/* (hashed names, immutable).
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildStyle, bundleScripts, withoutIndentation, writeAsset } from '../../scripts/web-assets.mjs';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const ASSETS = new URL('./assets/', DIST);
/** Where the network serves dist/assets. */
const ASSETS_PATH = '/auth/passkeys/assets/';
const STYLES = ['layout', 'content', 'actions', 'waiting', 'media'];
/** `styles` are joined to one sheet, in this order. `section` is the page's part of each file of `src/texts`. */
const PAGES = [
  { name: 'index', bundle: 'page', folder: '', section: 'hosted', styles: STYLES, begins: '/address-bar.ts' },
  { name: 'manage', bundle: 'manage', folder: 'manage/', section: 'manage', styles: [...STYLES, 'manage'] },
];

const languages = await readLanguages(new URL('texts/', SOURCE));
const built = await Promise.all(PAGES.map(buildPage));

// Only now, so that a failed build does not remove the last one.
await rm(DIST, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
await Promise.all(built.flatMap(({ assets }) => assets).map((asset) => writeAsset(ASSETS, asset)));
await Promise.all(built.map(({ name, html }) => writeFile(new URL(`${name}.html`, DIST), html)));

async function buildPage({ name, bundle, folder, section, styles, begins }) {
  const [script, sheets, template] = await Promise.all([
    bundleScripts({ name: bundle, file: fileURLToPath(new URL(`${folder}main.ts`, SOURCE)) }),
    Promise.all(styles.map((sheet) => readFile(new URL(`styles/${sheet}.css`, SOURCE), 'utf8'))),
    readFile(new URL(`${folder}index.html`, SOURCE), 'utf8'),
  ]);
  if (begins !== undefined && !script.modules[0].endsWith(begins)) {
    throw new Error(`${script.modules[0]} would run before the access token is wiped from the address bar`);
  }
  assertOwnTexts(script, section);
  const style = buildStyle(bundle, sheets.join('\n'));
  const html = withoutIndentation(template)
    .replace('%SCRIPT%', ASSETS_PATH + script.entry)
    .replace('%STYLE%', ASSETS_PATH + style.name);
  return { name, html, assets: [...script.files, style] };
}

/** The content of each language's file. */
async function readLanguages(folder) {
  const files = await readdir(folder);
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, folder), 'utf8'))));
}

/** A page stays small because the bundler drops the sections that it does not use, and makes a file of each language but English. */
function assertOwnTexts({ entry, files }, section) {
  for (const { name, text } of files) {
    const found = languages.flatMap((texts) => Object.keys(texts).filter((key) => text.includes(longest(texts[key]))));
    const others = found.filter((key) => key !== section);
    if (found.length === 0 || others.length > 0)
      throw new Error(`${name} should have the texts of "${section}" only, but has: ${found.join(', ') || 'none'}`);
  }
  if (files.length !== languages.length)
    throw new Error(`${entry} should have one file for each of ${languages.length} languages, but has ${files.length}`);
}

function longest(texts) {
  return Object.values(texts).reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}
