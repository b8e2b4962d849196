/**
 * The consent catalogue: what a cardholder is asked to agree to, as data per country and language. docs/consent-catalogue.md describes its
 * files.
 */
import Type, { type Static } from 'typebox';

const Printable = '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$';
const Text = (maxLength: number) => Type.String({ pattern: Printable, minLength: 1, maxLength });
const LanguageTag = Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35 });
/** ISO 3166-1 alpha-2. */
const CountryCode = Type.String({ pattern: '^[A-Z]{2}$', maxLength: 2 });
const FullDate = Type.String({ format: 'date', maxLength: 10 });
/**
 * An absolute address, or a path on the bank's origin, which {@link readCatalogue} makes absolute. `{country}` and `{language}` are
 * replaced.
 */
const Address = Type.String({ pattern: '^(https?://|/)[^\\s"<>\\\\]*$', maxLength: 900 });
const byLanguage = <Schema extends Type.TSchema>(schema: Schema) => Type.Record(LanguageTag, schema);
const byCountry = <Schema extends Type.TSchema>(schema: Schema) => Type.Record(CountryCode, schema);

/** The reasons why a country cannot have payment passkeys. Each language has its own text for each reason. */
export const INELIGIBILITIES = ['REGION_NOT_SERVED', 'NOT_YET_SERVED'] as const;
/** One of {@link INELIGIBILITIES}. */
export type Ineligibility = (typeof INELIGIBILITIES)[number];

const languages = Type.Array(LanguageTag, { minItems: 1, maxItems: 20 });
export const CountryRules = Type.Union([
  Type.Object({
    /** The country's own languages; the first is the fallback. */
    languages,
    eligible: Type.Literal(true),
  }),
  Type.Object({ languages, eligible: Type.Literal(false), because: Type.Enum(INELIGIBILITIES) }),
]);
export type CountryRules = Static<typeof CountryRules>;

/** The catalogue's index: what is needed before a language is loaded. */
export const CatalogueIndex = Type.Object({
  /** The name of the program, for people. */
  program: Text(120),
  /** The version of the whole catalogue, kept in every receipt. Every change of a text needs a new version. */
  version: Text(32),
  languages: byLanguage(
    Type.Object({
      /** The language's own name: `Español`. */
      name: Text(60),
      direction: Type.Enum(['ltr', 'rtl']),
    }),
  ),
  countries: byCountry(CountryRules),
});
export type CatalogueIndex = Static<typeof CatalogueIndex>;

/** One text per category of Intl.PluralRules; `other` replaces missing ones. `{count}` is the number. */
export const PluralForms = Type.Object({
  zero: Type.Optional(Text(120)),
  one: Type.Optional(Text(120)),
  two: Type.Optional(Text(120)),
  few: Type.Optional(Text(120)),
  many: Type.Optional(Text(120)),
  other: Text(120),
});
export type PluralForms = Static<typeof PluralForms>;

/** The texts of the screen, without the consent itself. */
export const ScreenWords = Type.Object({
  heading: Text(120),
  /** What a payment passkey is, in two sentences. */
  explanation: Text(600),
  accountsHeading: Text(120),
  accountsHint: Text(200),
  counts: Type.Object({ cards: PluralForms, emailAddresses: PluralForms, mobileNumbers: PluralForms }),
  /** `{digits}`: the last four digits. */
  cardEnding: Text(120),
  email: Text(60),
  mobile: Text(60),
  consentHeading: Text(120),
  /** `{version}`, `{date}`. */
  edition: Text(120),
  opensInNewTab: Text(120),
  country: Text(60),
  language: Text(60),
  /** The button that changes country and language without a script. */
  apply: Text(60),
  agree: Text(60),
  decline: Text(60),
  working: Text(120),
  cardNeeded: Text(200),
  noLockHeading: Text(120),
  /** `{bank}`. */
  noLockText: Text(600),
  noPasskeysHeading: Text(120),
  /** `{bank}`. */
  noPasskeysText: Text(600),
  checkAgain: Text(60),
  /** `{country}`. */
  notEligibleHeading: Text(120),
  languageFailed: Text(200),
  /** The names of the two documents, in the consent's links and on the screen. */
  terms: Text(120),
  privacy: Text(120),
});
export type ScreenWords = Static<typeof ScreenWords>;

/**
 * The consent. Paragraphs are plain text; `{bank}`, `{country}` and `{agree}` (the button's name) are replaced by text, `{terms}` and
 * `{privacy}` by the two links.
 */
export const ConsentText = Type.Object({
  /** The version of this text and its two documents. It is sent to the network, which accepts at most ten characters. */
  version: Text(10),
  datePublished: FullDate,
  paragraphs: Type.Array(Text(2000), { minItems: 1, maxItems: 20 }),
  /** Additional paragraphs for one country. */
  additions: Type.Optional(Type.Array(Text(2000), { maxItems: 20 })),
  terms: Address,
  privacy: Address,
});
export type ConsentText = Static<typeof ConsentText>;

/** One language's file. */
export const LanguageEntries = Type.Object({
  language: LanguageTag,
  /** The language's own name, for an index that is built from the files. */
  name: Type.Optional(Text(60)),
  words: ScreenWords,
  /** Every country of the index. */
  countryNames: byCountry(Text(80)),
  notEligible: Type.Object({ REGION_NOT_SERVED: Text(600), NOT_YET_SERVED: Text(600) }),
  /** The consent of every country, unless `countries` changes it. */
  consent: ConsentText,
  countries: byCountry(Type.Partial(ConsentText)),
});
export type LanguageEntries = Static<typeof LanguageEntries>;

/** A whole consent catalogue: its index, and the texts of each language. */
export const Catalogue = Type.Object({ index: CatalogueIndex, languages: byLanguage(LanguageEntries) });
/** A whole consent catalogue, as {@link readCatalogue} checks it. */
export type Catalogue = Static<typeof Catalogue>;

const PartialEntries = Type.Object({
  words: Type.Optional(Type.Partial(ScreenWords)),
  countryNames: Type.Optional(byCountry(Text(80))),
  notEligible: Type.Optional(Type.Partial(LanguageEntries.properties.notEligible)),
  consent: Type.Optional(Type.Partial(ConsentText)),
  countries: Type.Optional(byCountry(Type.Partial(ConsentText))),
});

/** A bank's own file: its additions to a catalogue, and its changes. `*` means every language of the catalogue. */
export const CatalogueChanges = Type.Object({
  program: Type.Optional(Text(120)),
  /** Required: a catalogue with other texts needs another version. */
  version: Text(32),
  /** Languages that the catalogue lacks; their entries must be whole. */
  addedLanguages: Type.Optional(CatalogueIndex.properties.languages),
  countries: Type.Optional(byCountry(CountryRules)),
  languages: Type.Optional(
    Type.Record(Type.String({ pattern: '^(\\*|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*)$' }), PartialEntries),
  ),
});
export type CatalogueChanges = Static<typeof CatalogueChanges>;
