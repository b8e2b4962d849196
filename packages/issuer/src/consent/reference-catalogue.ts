/**
 * The reference program: seventeen countries, twelve of them eligible, and one language per file of `reference/`. A bank merges its own
 * file into it. This module reads the folder. In the published package, build-reference.mjs has replaced that by one import for each file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { directionOf } from '@payment-passkeys/protocol/texts';
import type { Catalogue, CatalogueIndex, LanguageEntries } from './catalogue.ts';

const FOLDER = new URL('./reference/', import.meta.url);
const INDEX_FILE = 'index.json';

/** A test checks it against the schema. */
export const REFERENCE_CATALOGUE: Catalogue = readReferenceCatalogue();

function readReferenceCatalogue(): Catalogue {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && file !== INDEX_FILE);
  const languages = files.toSorted().map((file) => readJson(file) as LanguageEntries & { readonly name: string });
  const index = readJson(INDEX_FILE) as Omit<CatalogueIndex, 'languages'>;
  const listed = languages.map(({ language, name }) => [language, { name, direction: directionOf(language) }]);
  return {
    index: { ...index, languages: Object.fromEntries(listed) },
    languages: Object.fromEntries(languages.map((entries) => [entries.language, entries])),
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}
