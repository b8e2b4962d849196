/** Finds what a catalogue lacks and a schema cannot check: names, plural forms, placeholders, links, English. */
import type { Catalogue, LanguageEntries, PluralForms } from './catalogue.ts';
import { renderConsent } from './rendering.ts';

/**
 * The gaps; empty when every country has a complete text in every language that it uses. Each gap names its language and, if it has one,
 * its country.
 */
export function findGaps({ index, languages }: Catalogue): readonly string[] {
  const listed = Object.keys(index.languages);
  const countries = Object.keys(index.countries);
  return [
    ...(listed.includes('en') ? [] : ['en is missing: it is what every other language falls back to']),
    ...countries.flatMap((country) => gapsOfCountry(index.countries[country]?.languages ?? [], { country, listed })),
    ...Object.keys(languages).flatMap((tag) =>
      listed.includes(tag) ? [] : [`${tag} has entries and is not in the index`],
    ),
    ...listed.flatMap((tag) => {
      const entries = languages[tag];
      return entries === undefined ? [`${tag} has no entries`] : gapsOfLanguage(entries, { tag, countries });
    }),
  ];
}

function gapsOfCountry(
  own: readonly string[],
  { country, listed }: { readonly country: string; readonly listed: readonly string[] },
): readonly string[] {
  return own
    .filter((tag) => !listed.includes(tag))
    .map((tag) => `${country} names ${tag}, which is not a language of it`);
}

function gapsOfLanguage(
  entries: LanguageEntries,
  { tag, countries }: { readonly tag: string; readonly countries: readonly string[] },
): readonly string[] {
  const { counts } = entries.words;
  const plurals = Object.entries(counts).flatMap(([name, forms]) =>
    missingForms(forms, tag).map((form) => `${tag} counts.${name} lacks ${form}`),
  );
  const named = countries.filter((country) => !Object.hasOwn(entries.countryNames, country));
  return [
    ...(entries.language === tag ? [] : [`${tag} says that it is ${entries.language}`]),
    ...named.map((country) => `${tag} has no name for ${country}`),
    ...plurals,
    ...gapsOfWords(entries, tag),
    ...countries.flatMap((country) => gapsOfText(entries, country).map((gap) => `${tag}-${country} ${gap}`)),
  ];
}

/** Checks the plural categories of the possible counts: an enrolment has at most twenty accounts. */
function missingForms(forms: PluralForms, tag: string): readonly string[] {
  const rules = new Intl.PluralRules(tag);
  const needed = new Set(Array.from({ length: 20 }, (_, at) => rules.select(at + 1)));
  return [...needed].filter((category) => forms[category] === undefined);
}

const PLACEHOLDERS = {
  cardEnding: ['{digits}'],
  edition: ['{version}', '{date}'],
  noLockText: ['{bank}'],
  noPasskeysText: ['{bank}'],
  notEligibleHeading: ['{country}'],
} as const;

function gapsOfWords({ words }: LanguageEntries, tag: string): readonly string[] {
  return Object.entries(PLACEHOLDERS).flatMap(([name, placeholders]) =>
    placeholders
      .filter((placeholder) => !words[name as keyof typeof PLACEHOLDERS].includes(placeholder))
      .map((placeholder) => `${tag} words.${name} lacks ${placeholder}`),
  );
}

/** Checks that the text has both links, and that no placeholder remains. */
function gapsOfText(entries: LanguageEntries, country: string): readonly string[] {
  const { paragraphs, text } = renderConsent({ entries, country, bank: 'Bank' });
  const links = paragraphs.flat().flatMap((piece) => (typeof piece === 'string' ? [] : [piece.document]));
  const unfilled = text.match(/\{\w*\}/g) ?? [];
  return [
    ...(['terms', 'privacy'] as const).filter((name) => !links.includes(name)).map((name) => `does not link {${name}}`),
    ...unfilled.map((placeholder) => `leaves ${placeholder} standing`),
  ];
}
