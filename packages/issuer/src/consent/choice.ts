/** Which text a cardholder is shown for a country and a wish of languages. Pure, the same in the browser and on the server. */
import type { CatalogueIndex, Ineligibility } from './catalogue.ts';

/** What of the index a choice reads; so an index alone will do, before any language is loaded. */
export type ChoiceRules = Pick<CatalogueIndex, 'languages' | 'countries'>;

export interface Choice {
  readonly country: string;
  readonly language: string;
  /** Why it is this language: it was wished for, it is the country's own, or nothing nearer was there. */
  readonly because: 'WISHED' | 'COUNTRY' | 'ENGLISH';
  /** Absent where the country may go on. */
  readonly ineligible?: Ineligibility;
}

/**
 * The first wish that the catalogue has (exactly, else by its primary subtag: `pt-PT` finds `pt`), then the languages of the country in
 * their order, then English. An unknown country is undefined: there is nothing to show for it.
 */
export function chooseText(
  rules: ChoiceRules,
  { country, languages }: { readonly country: string; readonly languages: readonly string[] },
): Choice | undefined {
  const entry = Object.hasOwn(rules.countries, country) ? rules.countries[country] : undefined;
  if (entry === undefined) return undefined;
  const wished = firstKnown(rules, languages);
  const own = wished === undefined ? firstKnown(rules, entry.languages) : undefined;
  return {
    country,
    language: wished ?? own ?? 'en',
    because: wished !== undefined ? 'WISHED' : own !== undefined ? 'COUNTRY' : 'ENGLISH',
    ...(!entry.eligible && { ineligible: entry.because }),
  };
}

function firstKnown(rules: ChoiceRules, wishes: readonly string[]): string | undefined {
  for (const wish of wishes) {
    const known = [wish, wish.toLowerCase(), wish.toLowerCase().split(/[-_]/)[0] ?? ''].find((tag) =>
      Object.hasOwn(rules.languages, tag),
    );
    if (known !== undefined) return known;
  }
  return undefined;
}

/** The countries whose cards may have payment passkeys, in the catalogue's order. */
export function eligibleCountries({ countries }: ChoiceRules): readonly string[] {
  return Object.keys(countries).filter((country) => countries[country]?.eligible);
}
