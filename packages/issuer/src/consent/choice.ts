/** Which text a cardholder is shown, by country and wished languages. Pure; the same in the browser and on the server. */
import { lookUpLanguage } from '@payment-passkeys/protocol/texts';
import type { CatalogueIndex, Ineligibility } from './catalogue.ts';

/** The part of the index that a choice needs. No language has to be loaded for it. */
export type ChoiceRules = Pick<CatalogueIndex, 'languages' | 'countries'>;

/** Which text a cardholder is shown, and why ({@link chooseText}). */
export interface Choice {
  readonly country: string;
  readonly language: string;
  /** Why this language: the cardholder wished for it, the country has it, or there was neither. */
  readonly because: 'WISHED' | 'COUNTRY' | 'ENGLISH';
  /** Absent where cards of the country can have payment passkeys. */
  readonly ineligible?: Ineligibility;
}

/**
 * The first wish that the catalogue has (`pt-PT` finds `pt`), then the languages of the country in their order, then
 * English. Undefined where the catalogue does not have the country.
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

/** The countries whose cards may have payment passkeys, in the catalogue's order. */
export function eligibleCountries({ countries }: ChoiceRules): readonly string[] {
  return Object.keys(countries).filter((country) => countries[country]?.eligible);
}
