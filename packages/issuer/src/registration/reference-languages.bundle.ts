/** Stands in for reference-languages.ts in the single-file bundle: other languages are JSON files in `catalogue/` beside the script. */
import type { CatalogueIndex, LanguageEntries } from '../consent/catalogue.ts';
import en from '../consent/reference/en.json' with { type: 'json' };
import index from '../consent/reference/index.json' with { type: 'json' };

export const REFERENCE_INDEX = index as CatalogueIndex;

/** Rejects where it cannot be loaded. */
export async function loadReferenceLanguage(language: string): Promise<LanguageEntries> {
  if (language === 'en') return en as LanguageEntries;
  const answer = await fetch(new URL(`catalogue/${language}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`the catalogue's ${language} was answered ${answer.status}`);
  return answer.json();
}
