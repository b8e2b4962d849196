/**
 * The modules of the reference program as they are published, where the sources read a folder: an import for each language, written out, so
 * that a bundler finds it. Run by scripts/build.mjs after tsc.
 */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { REFERENCE_CATALOGUE } from './src/consent/reference-catalogue.ts';

const FILES = new URL('./src/consent/reference/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const JSON_MODULE = `with { type: 'json' }`;

const { index, languages } = REFERENCE_CATALOGUE;
const tags = Object.keys(languages);

/** The index with its languages, which the folder's index.json leaves to the files. */
export const REFERENCE_INDEX_JSON = JSON.stringify(index);

/** The element's module. `load` is the expression that loads the language named `language`, or undefined. */
export function languagesModule({ english, load }) {
  return `import en from ${JSON.stringify(english)} ${JSON_MODULE};
export const REFERENCE_INDEX = ${REFERENCE_INDEX_JSON};
export async function loadReferenceLanguage(language) {
  const entries = language === 'en' ? en : await ${load};
  if (entries === undefined) throw new Error(\`the reference catalogue has no \${language}\`);
  return entries;
}
`;
}

if (import.meta.filename === process.argv[1]) {
  await copyReference(new URL('consent/reference/', DIST));
  const files = tags.map((tag) => JSON.stringify(`./reference/${tag}.json`));
  const imports = files.map((file, at) => `import language${at} from ${file} ${JSON_MODULE};\n`);
  const members = tags.map((tag, at) => `${JSON.stringify(tag)}: language${at}`);
  await writeFile(
    new URL('consent/reference-catalogue.js', DIST),
    `${imports.join('')}export const REFERENCE_CATALOGUE = { index: ${REFERENCE_INDEX_JSON}, languages: { ${members} } };\n`,
  );
  const loaders = tags.map((tag) => {
    return `${JSON.stringify(tag)}: () => import('../consent/reference/${tag}.json', { ${JSON_MODULE} })`;
  });
  const load = 'LOADERS[language]?.().then((module) => module.default)';
  await writeFile(
    new URL('registration/reference-languages.js', DIST),
    `${languagesModule({ english: '../consent/reference/en.json', load })}const LOADERS = { ${loaders} };\n`,
  );
}

/** Every file of the reference program, its index complete. */
export async function copyReference(folder) {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(FILES)) await copyFile(new URL(name, FILES), new URL(name, folder));
  await writeFile(new URL('index.json', folder), REFERENCE_INDEX_JSON);
}
