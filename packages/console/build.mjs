/**
 * Builds the console: src/ → dist/index.html and dist/assets/* (hashed names, immutable). Fails if the first load of a screen without charts is
 * over its budget.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildStyle, bundleScripts, withoutIndentation, writeAsset } from '../../scripts/web-assets.mjs';

const SOURCE = new URL('./src/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const ASSETS = new URL('./assets/', DIST);
/** Where the network's console server serves dist/assets. */
const ASSETS_PATH = '/assets/';
/** Script, style sheet and page that every visit loads, in bytes after gzip. Each screen, and the charts, are chunks of their own. */
const FIRST_LOAD_BYTES = 40_000;
/** Of the largest screen's chunks together with the first load, without charts. */
const SCREEN_BYTES = 60_000;
/** The chunk that only the overview loads. */
const CHART_CHUNK = /^chart-/;

const script = await bundleScripts({
  name: 'console',
  file: fileURLToPath(new URL('main.ts', SOURCE)),
  base: /\/console\/src\/(?!screens\/|main\.ts)|\/node_modules\/(lit|lit-html|lit-element|@lit)\/|\/protocol\/src\/(texts|browser-objects|amount|console\/closed-lists)\.ts/,
});
const sheets = (await readdir(new URL('styles/', SOURCE))).toSorted();
const css = await Promise.all([
  readFile(new URL(import.meta.resolve('uplot/dist/uPlot.min.css')), 'utf8'),
  ...sheets.map((name) => readFile(new URL(`styles/${name}`, SOURCE), 'utf8')),
]);
const style = buildStyle('console', css.join('\n'));
const template = await readFile(new URL('index.html', SOURCE), 'utf8');
const preloads = script.imports.map((name) => `<link rel="modulepreload" href="${ASSETS_PATH}${name}">`);
const html = withoutIndentation(template)
  .replace('%SCRIPT%', ASSETS_PATH + script.entry)
  .replace('<!--preloads-->', preloads.join('\n'))
  .replace('%STYLE%', ASSETS_PATH + style.name);

checkBudget();
// Only now, so that a failed build does not remove the last one.
await rm(DIST, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
await Promise.all([...script.files, style].map((asset) => writeAsset(ASSETS, asset)));
await writeFile(new URL('index.html', DIST), html);

function checkBudget() {
  const bytes = new Map(script.files.map(({ name, text }) => [name, gzipped(text)]));
  const first = [script.entry, ...script.imports];
  const firstLoad = gzipped(html) + gzipped(style.text) + sum(first.map((name) => bytes.get(name)));
  const screens = [...bytes].filter(([name]) => !first.includes(name) && !CHART_CHUNK.test(name));
  const largest = firstLoad + Math.max(0, ...screens.map(([, size]) => size));
  if (process.argv.includes('--sizes')) {
    console.log(`first load ${firstLoad}, with the largest screen ${largest} bytes (gzip)`);
    for (const [name, size] of bytes) console.log(`  ${size} ${name}`);
  }
  if (firstLoad > FIRST_LOAD_BYTES) throw new Error(`The first load is ${firstLoad} bytes, over ${FIRST_LOAD_BYTES}.`);
  if (largest > SCREEN_BYTES) throw new Error(`A first visit to a screen is ${largest} bytes, over ${SCREEN_BYTES}.`);
}

function gzipped(text) {
  return gzipSync(text, { level: 9 }).length;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
