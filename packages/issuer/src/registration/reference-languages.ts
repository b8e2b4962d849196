/**
 * The reference program for an element without a catalogue of the bank. Only tests use this module; build-reference.mjs generates the one
 * for browsers, which includes English and loads the other languages when they are needed.
 */
import type { CatalogueIndex, LanguageEntries } from '../consent/catalogue.ts';
import { REFERENCE_CATALOGUE } from '../consent/reference-catalogue.ts';

export const REFERENCE_INDEX: CatalogueIndex = REFERENCE_CATALOGUE.index;

/** Rejects if the language is missing or cannot be loaded. */
export async function loadReferenceLanguage(language: string): Promise<LanguageEntries> {
  const entries = REFERENCE_CATALOGUE.languages[language];
  if (entries === undefined) throw new Error(`the reference catalogue has no ${language}`);
  return entries;
}
