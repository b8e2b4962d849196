/** Catalogues from files: checked whole, completed, made absolute, merged with a bank's own. */
import { compileSchema } from '@payment-passkeys/protocol';
import { Catalogue, CatalogueChanges, type ConsentText, type LanguageEntries } from './catalogue.ts';
import { findGaps } from './completeness.ts';

/** A catalogue, or a change to one, cannot be used. The message names every fault by its JSON pointer or its country and language. */
export class CatalogueError extends Error {
  readonly code = 'CATALOGUE_INVALID';
  override readonly name = 'CatalogueError';

  constructor(faults: readonly string[]) {
    super(`the consent catalogue cannot be used: ${faults.join('; ')}`);
  }
}

const catalogueSchema = compileSchema(Catalogue);
const changesSchema = compileSchema(CatalogueChanges);

/**
 * A catalogue as it was read from files: against the schema, then for completeness ({@link findGaps}). Throws CatalogueError.
 *
 * @param options.origin the bank's own, `https://bank.example`: what addresses that begin with a slash are of.
 */
export function readCatalogue(json: unknown, { origin }: { readonly origin: string }): Catalogue {
  const violations = catalogueSchema.violations(json);
  if (violations.length > 0)
    throw new CatalogueError(violations.map(({ pointer, problem }) => `${pointer} ${problem}`));
  const catalogue = json as Catalogue; // the schema has just said so
  const gaps = findGaps(catalogue);
  if (gaps.length > 0) throw new CatalogueError(gaps);
  const languages = Object.entries(catalogue.languages).map(([tag, entries]) => [tag, withOrigin(entries, origin)]);
  return { index: catalogue.index, languages: Object.fromEntries(languages) };
}

/**
 * A catalogue with a bank's own file over it: countries are added or replaced, words and texts replaced one by one, in one language or
 * (`*`) in all of them. The result is still to be read by {@link readCatalogue}. Throws CatalogueError for a file that is not as the schema says.
 */
export function mergeCatalogue(catalogue: Catalogue, json: unknown): Catalogue {
  const violations = changesSchema.violations(json);
  if (violations.length > 0)
    throw new CatalogueError(violations.map(({ pointer, problem }) => `${pointer} ${problem}`));
  const changes = json as CatalogueChanges; // the schema has just said so
  const { index } = catalogue;
  const listed = { ...index.languages, ...changes.addedLanguages };
  const { '*': everywhere = {}, ...changed } = changes.languages ?? {};
  const unlisted = Object.keys(changed).filter((tag) => !Object.hasOwn(listed, tag));
  if (unlisted.length > 0) throw new CatalogueError(unlisted.map((tag) => `/languages/${tag} is not a language of it`));
  const languages = Object.keys(listed).map((tag) => {
    const base = { language: tag, ...catalogue.languages[tag] } as LanguageEntries; // an added one may lack what readCatalogue asks for
    return [tag, mergeEntries(mergeEntries(base, everywhere), changed[tag] ?? {})];
  });
  return {
    index: {
      program: changes.program ?? index.program,
      version: changes.version,
      languages: listed,
      countries: { ...index.countries, ...changes.countries },
    },
    languages: Object.fromEntries(languages),
  };
}

type EntriesChange = NonNullable<CatalogueChanges['languages']>[string];

function mergeEntries(entries: LanguageEntries, change: EntriesChange): LanguageEntries {
  const countries = { ...entries.countries };
  for (const [country, text] of Object.entries(change.countries ?? {})) {
    countries[country] = { ...countries[country], ...text };
  }
  return {
    language: entries.language,
    words: { ...entries.words, ...change.words },
    countryNames: { ...entries.countryNames, ...change.countryNames },
    notEligible: { ...entries.notEligible, ...change.notEligible },
    consent: { ...entries.consent, ...change.consent },
    countries,
  };
}

function withOrigin(entries: LanguageEntries, origin: string): LanguageEntries {
  const absolute = <Text extends Partial<ConsentText>>(text: Text): Text => ({
    ...text,
    ...(text.terms?.startsWith('/') && { terms: origin + text.terms }),
    ...(text.privacy?.startsWith('/') && { privacy: origin + text.privacy }),
  });
  const countries = Object.entries(entries.countries).map(([country, text]) => [country, absolute(text)]);
  return { ...entries, consent: absolute(entries.consent), countries: Object.fromEntries(countries) };
}
