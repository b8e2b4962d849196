/** Chooses the text by country and wished languages. Pure; the same in the browser and on the server. */
import { lookUpLanguage } from '@payment-passkeys/protocol/texts';
import type { CatalogueIndex, Ineligibility } from './catalogue.ts';

/** The part of the index that a choice needs. No language file is needed. */
export type ChoiceRules = Pick<CatalogueIndex, 'languages' | 'countries'>;

/** The chosen text, and why ({@link chooseText}). */
export interface Choice {
  readonly country: string;
  readonly language: string;
  /** Why this language: the cardholder wished for it, the country uses it, or neither was possible. */
  readonly because: 'WISHED' | 'COUNTRY' | 'ENGLISH';
  /** Absent if cards of the country can have payment passkeys. */
  readonly ineligible?: Ineligibility;
}

/**
 * Chooses the first wished language in the catalogue (`pt-PT` finds `pt`), then the first of the country's languages, then English.
 * Undefined if the catalogue does not have the country.
 */
export function chooseText(
  rules: ChoiceRules,
  { country, languages }: { readonly country: string; readonly languages: readonly string[] },
): Choice | undefined {
  const entry = Object.hasOwn(rules.countries, country) ? rules.countries[country] : undefined;
  if (entry === undefined) return undefined;
  const known = Object.keys(rules.languages);
  const wished = lookUpLanguage(languages, known);
  const own = wished === undefined ? lookUpLanguage(entry.languages, known) : undefined;
  return {
    country,
    language: wished ?? own ?? 'en',
    because: wished !== undefined ? 'WISHED' : own !== undefined ? 'COUNTRY' : 'ENGLISH',
    ...(!entry.eligible && { ineligible: entry.because }),
  };
}

/** The countries with cards that may have payment passkeys, in the catalogue's order. */
export function eligibleCountries({ countries }: ChoiceRules): readonly string[] {
  return Object.keys(countries).filter((country) => countries[country]?.eligible);
}
