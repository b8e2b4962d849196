/** The terms and the privacy notice that a consent links to, in every language of the catalogue. Its own file names their version and date. */
import TEXTS from './texts.json' with { type: 'json' };

export const LEGAL_DOCUMENTS = ['terms', 'privacy'] as const;
export type LegalDocument = (typeof LEGAL_DOCUMENTS)[number];

/** In `language`, which is one of the catalogue's; `{country}` has become its name. */
export function legalText(
  document: LegalDocument,
  { language, countryName }: { readonly language: string; readonly countryName: string },
): readonly string[] {
  const texts: Readonly<Record<string, Readonly<Record<LegalDocument, readonly string[]>>>> = TEXTS;
  const paragraphs = texts[language]?.[document];
  if (paragraphs === undefined) throw new Error(`There is no ${document} in ${language}.`);
  return paragraphs.map((paragraph) => paragraph.replaceAll('{country}', countryName));
}
