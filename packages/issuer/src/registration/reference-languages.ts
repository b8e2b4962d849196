/** The reference program's catalogue without an address of one's own: English here, other languages as modules of their own, when they are asked for. */
import type { CatalogueIndex, LanguageEntries } from '../consent/catalogue.ts';
import en from '../consent/reference/en.json' with { type: 'json' };
import index from '../consent/reference/index.json' with { type: 'json' };

export const REFERENCE_INDEX = index as CatalogueIndex;
const ENGLISH = en as LanguageEntries;

/** By language tag. Literal, so that a bundler finds them and makes a chunk of each. */
const LOADERS: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
  es: () => import('../consent/reference/es.json', { with: { type: 'json' } }),
  pt: () => import('../consent/reference/pt.json', { with: { type: 'json' } }),
  fr: () => import('../consent/reference/fr.json', { with: { type: 'json' } }),
  de: () => import('../consent/reference/de.json', { with: { type: 'json' } }),
  ja: () => import('../consent/reference/ja.json', { with: { type: 'json' } }),
  zh: () => import('../consent/reference/zh.json', { with: { type: 'json' } }),
  ar: () => import('../consent/reference/ar.json', { with: { type: 'json' } }),
  hi: () => import('../consent/reference/hi.json', { with: { type: 'json' } }),
  id: () => import('../consent/reference/id.json', { with: { type: 'json' } }),
};

/** Rejects where it cannot be loaded. */
export async function loadReferenceLanguage(language: string): Promise<LanguageEntries> {
  if (language === 'en') return ENGLISH;
  const loaded = await LOADERS[language]?.();
  if (loaded === undefined) throw new Error(`the reference catalogue has no ${language}`);
  return loaded.default as LanguageEntries; // a test holds each file to the schema
}
