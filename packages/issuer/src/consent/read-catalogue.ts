/** Reads catalogues from files: checks them as a whole, merges a bank's own file, and makes addresses absolute. */
import { rules } from '@payment-passkeys/kit';
import { compileSchema } from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';
import { Catalogue, CatalogueChanges, type ConsentText, type LanguageEntries } from './catalogue.ts';
import { findGaps } from './completeness.ts';

/**
 * The error of a catalogue, or a change to one, that cannot be used. The message names every fault by its JSON pointer or by its country
 * and language.
 */
export class CatalogueError extends Error {
  readonly code = 'CATALOGUE_INVALID';
  override readonly name = 'CatalogueError';

  constructor(faults: readonly string[]) {
    super(`the consent catalogue cannot be used: ${faults.join('; ')}`);
  }
}

const catalogueSchema = compileSchema(Catalogue);
const changesSchema = compileSchema(CatalogueChanges);

/** The bank's options for {@link readCatalogue}. */
export interface CatalogueOptions {
  /** The bank's own origin, `https://bank.example`: the base of addresses that begin with a slash. */
  readonly origin: string;
  /**
   * The countries that cardholders may choose: those of the client's onboarding, because the network refuses every other. A country that is
   * not eligible in the catalogue may be listed too, so that the screen says why.
   */
  readonly countries: readonly string[];
}

/**
 * Checks a catalogue against the schema, then for completeness ({@link findGaps}), and reduces it to the given countries. Throws
 * CatalogueError; IssuerError `INVALID_OPTIONS` for malformed options.
 */
export function readCatalogue(json: unknown, options: CatalogueOptions): Catalogue {
  checkGiven(options, { name: 'readCatalogue', fields: CATALOGUE_OPTIONS });
  const { origin, countries } = options;
  const violations = catalogueSchema.violations(json);
  if (violations.length > 0)
    throw new CatalogueError(violations.map(({ pointer, problem }) => `${pointer} ${problem}`));
  const catalogue = json as Catalogue; // the schema has just checked it
  const gaps = findGaps(catalogue);
  if (gaps.length > 0) throw new CatalogueError(gaps);
  const unknown = countries.filter((country) => !Object.hasOwn(catalogue.index.countries, country));
  if (unknown.length > 0) throw new CatalogueError(unknown.map((country) => `it has no country ${country}`));
  const languages = Object.entries(catalogue.languages).map(([tag, entries]) => [
    tag,
    withOrigin(narrowEntries(entries, countries), origin),
  ]);
  const index = { ...catalogue.index, countries: pick(catalogue.index.countries, countries) };
  return { index, languages: Object.fromEntries(languages) };
}

const CATALOGUE_OPTIONS: rules.Rules = {
  origin: rules.anOrigin,
  countries: rules.listOf(rules.text(2), { min: 1 }),
};

function narrowEntries(entries: LanguageEntries, countries: readonly string[]): LanguageEntries {
  return {
    ...entries,
    countryNames: pick(entries.countryNames, countries),
    countries: pick(entries.countries, countries),
  };
}

/** Keeps the catalogue's order. */
function pick<Value>(all: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/**
 * Merges a bank's own file into a catalogue: countries are added or replaced; words and texts are replaced one by one, in one language or
 * (`*`) in all. The result must still be passed to {@link readCatalogue}. Throws CatalogueError if the file does not match the schema.
 */
export function mergeCatalogue(catalogue: Catalogue, json: unknown): Catalogue {
  const { anObject, fields } = rules;
  checkGiven(
    { catalogue },
    { name: 'mergeCatalogue', fields: { catalogue: fields({ index: anObject, languages: anObject }) } },
  );
  const violations = changesSchema.violations(json);
  if (violations.length > 0)
    throw new CatalogueError(violations.map(({ pointer, problem }) => `${pointer} ${problem}`));
  const changes = json as CatalogueChanges; // the schema has just checked it
  const { index } = catalogue;
  const listed = { ...index.languages, ...changes.addedLanguages };
  const { '*': everywhere = {}, ...changed } = changes.languages ?? {};
  const unlisted = Object.keys(changed).filter((tag) => !Object.hasOwn(listed, tag));
  if (unlisted.length > 0) throw new CatalogueError(unlisted.map((tag) => `/languages/${tag} is not a language of it`));
  const languages = Object.keys(listed).map((tag) => {
    const base = { language: tag, ...catalogue.languages[tag] } as LanguageEntries; // an added language may lack entries that readCatalogue requires
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
