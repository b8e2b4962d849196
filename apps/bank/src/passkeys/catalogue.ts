/** The bank's consent catalogue: the reference catalogue of the kit, changed by the bank's own file. */
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

/** The countries whose cards can have payment passkeys: the client's `countries` at the network. */
export const COUNTRIES: readonly string[] = eligibleCountries(MERGED.index);

/** Further countries of customers, whose cards cannot have payment passkeys: the screen says why. */
const EXPLAINED = Object.keys(MERGED.index.countries).filter((country) => !COUNTRIES.includes(country));

/** The whole catalogue is checked. Its addresses are of the bank's own origin. */
export function openBankCatalogue(publicUrl: string): Catalogue {
  return readCatalogue(MERGED, { origin: new URL(publicUrl).origin, countries: [...COUNTRIES, ...EXPLAINED] });
}

/** What a browser may ask for: a country of the catalogue, eligible or not, and a language. */
export const PlaceChoice = Type.Object({
  country: Type.Unsafe<string>({ type: 'string', enum: Object.keys(MERGED.index.countries), default: 'US' }),
  /** The language of the bank's other pages unless given. */
  language: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: Object.keys(MERGED.index.languages) })),
});

export interface Place {
  readonly country: string;
  readonly language: string;
}

/** For a language that {@link PlaceChoice} accepts. */
export function entriesOf(catalogue: Catalogue, language: string): LanguageEntries {
  const entries = catalogue.languages[language];
  if (entries === undefined) throw new Error(`The catalogue has no ${language}.`);
  return entries;
}

/** The country and the language of a form that was sent, untrusted. Where they are not in it: `US`, and `spoken`, a language of the catalogue. */
export function readPlace(sent: unknown, spoken: string): Place {
  const { country, language } = (sent ?? {}) as { readonly country?: unknown; readonly language?: unknown };
  const { countries, languages } = MERGED.index;
  return {
    country: typeof country === 'string' && Object.hasOwn(countries, country) ? country : 'US',
    language: typeof language === 'string' && Object.hasOwn(languages, language) ? language : spoken,
  };
}
