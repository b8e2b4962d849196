/**
 * The source of the element's catalogue: an object, the address of an index.json with a file for each language beside it, or the reference
 * program.
 */
import type { Catalogue, CatalogueIndex, LanguageEntries } from '../consent/catalogue.ts';
import { loadReferenceLanguage, REFERENCE_INDEX } from './reference-languages.ts';

export interface CatalogueSource {
  loadIndex(): Promise<CatalogueIndex>;
  /** Rejects if the language cannot be loaded. The next call tries again. */
  loadLanguage(language: string): Promise<LanguageEntries>;
}

/** A relative address is resolved against `baseUri`, the page's. */
export function openCatalogue(catalogue: Catalogue | string | undefined, baseUri: string): CatalogueSource {
  if (catalogue === undefined || catalogue === '') {
    return { loadIndex: async () => REFERENCE_INDEX, loadLanguage: loadReferenceLanguage };
  }
  if (typeof catalogue === 'string') return openAddress(new URL(catalogue, baseUri));
  return {
    loadIndex: async () => catalogue.index,
    async loadLanguage(language) {
      const entries = catalogue.languages[language];
      if (entries === undefined) throw new Error(`the catalogue has no ${language}`);
      return entries;
    },
  };
}

function openAddress(address: URL): CatalogueSource {
  const loaded = new Map<string, Promise<unknown>>();
  const load = (url: URL): Promise<unknown> => {
    const loading = loaded.get(url.href) ?? fetchJson(url);
    loaded.set(url.href, loading);
    loading.catch(() => loaded.delete(url.href));
    return loading;
  };
  return {
    // Not checked here: these are the bank's files, and its server checks them (readCatalogue).
    loadIndex: async () => (await load(address)) as CatalogueIndex,
    loadLanguage: async (language) => (await load(new URL(`${language}.json`, address))) as LanguageEntries,
  };
}

async function fetchJson(url: URL): Promise<unknown> {
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`the catalogue was answered ${answer.status}`);
  return answer.json();
}
