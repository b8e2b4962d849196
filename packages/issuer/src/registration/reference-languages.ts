/**
 * The reference program for an element without a catalogue of the bank's. This module is for tests; build-reference.mjs makes those that
 * browsers load, with English inside and the other languages loaded when they are asked for.
 */
import type { CatalogueIndex, LanguageEntries } from '../consent/catalogue.ts';
import { REFERENCE_CATALOGUE } from '../consent/reference-catalogue.ts';

export const REFERENCE_INDEX: CatalogueIndex = REFERENCE_CATALOGUE.index;

/** Rejects where the language is missing or cannot be loaded. */
export async function loadReferenceLanguage(language: string): Promise<LanguageEntries> {
  const entries = REFERENCE_CATALOGUE.languages[language];
  if (entries === undefined) throw new Error(`the reference catalogue has no ${language}`);
  return entries;
}
