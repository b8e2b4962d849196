/** A scene: everything that the element shows for one country and language. It is complete before anything is drawn. */
import { readOptional } from '@payment-passkeys/protocol/browser-objects';
import type { AcceptedConsent } from '../consent/accepted-consent.ts';
import type { CatalogueIndex, Ineligibility, LanguageEntries } from '../consent/catalogue.ts';
import { chooseText } from '../consent/choice.ts';
import { hashText, type RenderedConsent, renderConsent } from '../consent/rendering.ts';
import type { CatalogueSource } from './catalogue-source.ts';

export interface Scene {
  readonly index: CatalogueIndex;
  readonly entries: LanguageEntries;
  readonly country: string;
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** The countries to choose from, sorted by their names in the language. */
  readonly countries: readonly { readonly country: string; readonly name: string }[];
  readonly consent: RenderedConsent;
  readonly textHash: string;
  readonly ineligible: Ineligibility | undefined;
}

export interface SceneRequest {
  readonly country: string;
  /** The preferred language first. */
  readonly languages: readonly string[];
  readonly bank: string;
  /** The countries to choose from; if empty, all of the catalogue. */
  readonly offered: readonly string[];
}

/** Rejects if the catalogue cannot be loaded, or has no country on offer. */
export async function buildScene(source: CatalogueSource, request: SceneRequest): Promise<Scene> {
  const index = await source.loadIndex();
  const offered = Object.keys(index.countries).filter(
    (country) => request.offered.length === 0 || request.offered.includes(country),
  );
  const country = offered.includes(request.country) ? request.country : offered[0];
  const choice = country === undefined ? undefined : chooseText(index, { country, languages: request.languages });
  if (choice === undefined) throw new Error('the catalogue has no country that is on offer');
  const entries = await source.loadLanguage(choice.language);
  const consent = renderConsent({ entries, country: choice.country, bank: request.bank });
  const compare = readOptional(() => new Intl.Collator(choice.language).compare);
  return {
    index,
    entries,
    country: choice.country,
    language: choice.language,
    direction: index.languages[choice.language]?.direction ?? 'ltr',
    countries: offered
      .map((each) => ({ country: each, name: entries.countryNames[each] ?? each }))
      .sort((one, other) => compare?.(one.name, other.name) ?? 0),
    consent,
    textHash: await hashText(consent.text),
    ineligible: choice.ineligible,
  };
}

/** The consent to what a scene shows. */
export function acceptScene(
  { index, consent, textHash }: Scene,
  { accounts, now }: { readonly accounts: readonly string[]; readonly now: Date },
): AcceptedConsent {
  return {
    catalogueVersion: index.version,
    textHash,
    country: consent.country,
    language: consent.language,
    acceptedAt: now.toISOString(),
    resources: consent.resources,
    accounts,
  };
}
