/** The bank's consent catalogue: the kit's reference catalogue with the changes of the bank's own file. */
import {
  type Catalogue,
  eligibleCountries,
  type LanguageEntries,
  mergeCatalogue,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from '@payment-passkeys/issuer/consent';
import Type from 'typebox';
import ownChanges from '../../catalogue.json' with { type: 'json' };

const MERGED = mergeCatalogue(REFERENCE_CATALOGUE, ownChanges);

/** The countries with cards that can have payment passkeys: the client's `countries` at the network. */
export const COUNTRIES: readonly string[] = eligibleCountries(MERGED.index);

/** The countries with cards that cannot have payment passkeys. The registration screen says why. */
const NOT_ELIGIBLE_COUNTRIES = Object.keys(MERGED.index.countries).filter((country) => !COUNTRIES.includes(country));

/** Checks the whole catalogue. An address in it that begins with `/` gets the bank's origin. */
export function openBankCatalogue(publicUrl: string): Catalogue {
  return readCatalogue(MERGED, {
    origin: new URL(publicUrl).origin,
    countries: [...COUNTRIES, ...NOT_ELIGIBLE_COUNTRIES],
  });
}

/** The choice that a browser may request: a country of the catalogue, eligible or not, and a language. */
export const PlaceChoice = Type.Object({
  country: Type.Unsafe<string>({ type: 'string', enum: Object.keys(MERGED.index.countries), default: 'US' }),
  /** Default: the language of the bank's other pages. */
  language: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: Object.keys(MERGED.index.languages) })),
});

export interface Place {
  readonly country: string;
  readonly language: string;
}

/** The catalogue's texts in a language that {@link PlaceChoice} accepts. Throws for any other. */
export function entriesOf(catalogue: Catalogue, language: string): LanguageEntries {
  const entries = catalogue.languages[language];
  if (entries === undefined) throw new Error(`The catalogue has no ${language}.`);
  return entries;
}

/** Reads the country and the language from an untrusted form. Default: `US`, and `fallbackLanguage`, a language of the catalogue. */
export function readPlace(sent: unknown, fallbackLanguage: string): Place {
  const { country, language } = (sent ?? {}) as { readonly country?: unknown; readonly language?: unknown };
  const { countries, languages } = MERGED.index;
  return {
    country: typeof country === 'string' && Object.hasOwn(countries, country) ? country : 'US',
    language: typeof language === 'string' && Object.hasOwn(languages, language) ? language : fallbackLanguage,
  };
}
