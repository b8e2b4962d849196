/**
 * The modules of the reference program as they are published, where the sources read a folder: an import for each language, written out, so
 * that a bundler finds it. Run by scripts/build.mjs after tsc; with the condition `source`.
 */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { REFERENCE_CATALOGUE } from './src/consent/reference-catalogue.ts';

const FILES = new URL('./src/consent/reference/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);

const { index, languages } = REFERENCE_CATALOGUE;
const tags = Object.keys(languages);
/** With the languages, which the folder's index.json leaves to the files. */
const INDEX_JSON = JSON.stringify(index);

if (import.meta.filename === process.argv[1]) {
  await copyReference(new URL('consent/reference/', DIST));
  await writeFile(new URL('consent/reference-catalogue.js', DIST), catalogueModule());
  await writeFile(new URL('registration/reference-languages.js', DIST), importingModule());
}

/** Every file of the reference program, its index complete. */
export async function copyReference(folder) {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(FILES)) await copyFile(new URL(name, FILES), new URL(name, folder));
  await writeFile(new URL('index.json', folder), INDEX_JSON);
}

/** A rolldown plugin that puts `code` in the place of the element's module of the reference program. */
export function withLanguagesModule(code) {
  return {
    name: 'languages-module',
    load: (id) => (id.endsWith('/registration/reference-languages.ts') ? code : null),
  };
}

/** The element's module, for pages with a bundler: each language is a module that is imported when it is asked for. */
export function importingModule() {
  const loaders = tags
    .filter((tag) => tag !== 'en')
    .map((tag) => {
      return `  ${JSON.stringify(tag)}: () => import('../consent/reference/${tag}.json', { with: { type: 'json' } }),\n`;
    });
  return `${languagesModule('LOADERS[language]?.().then((module) => module.default)')}
const LOADERS = {\n${loaders.join('')}};
`;
}

/** The element's module, for pages without a bundler: each language is a file beside the script. */
export function fetchingModule() {
  return `${languagesModule('fetchLanguage(language)')}
async function fetchLanguage(language) {
  const answer = await fetch(new URL(\`catalogue/\${language}.json\`, import.meta.url));
  if (!answer.ok) throw new Error(\`the catalogue's \${language} was answered \${answer.status}\`);
  return answer.json();
}
`;
}

/** `load` is the expression that loads the language named `language`; it may be undefined. */
function languagesModule(load) {
  return `import en from '../consent/reference/en.json' with { type: 'json' };
export const REFERENCE_INDEX = ${INDEX_JSON};
export async function loadReferenceLanguage(language) {
  const entries = language === 'en' ? en : await ${load};
  if (entries === undefined) throw new Error(\`the reference catalogue has no \${language}\`);
  return entries;
}
`;
}

function catalogueModule() {
  const imports = tags.map((tag, at) => `import language${at} from './reference/${tag}.json' with { type: 'json' };\n`);
  const members = tags.map((tag, at) => `${JSON.stringify(tag)}: language${at}`);
  return `${imports.join('')}export const REFERENCE_CATALOGUE = { index: ${INDEX_JSON}, languages: { ${members} } };\n`;
}
