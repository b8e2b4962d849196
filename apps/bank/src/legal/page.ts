/** The terms and the privacy notice that a consent links to. The catalogue names their version and date. */
import { type Catalogue, fill } from '@payment-passkeys/issuer/consent';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import type { TextName } from '../language.ts';
import { buildName, buildPage } from '../layout.ts';
import { entriesOf } from '../passkeys/catalogue.ts';
import { BANK_NAME } from '../site.ts';

export const LEGAL_DOCUMENTS = ['terms', 'privacy'] as const;
export type LegalDocument = (typeof LEGAL_DOCUMENTS)[number];

const PARAGRAPHS: Readonly<Record<LegalDocument, readonly TextName[]>> = {
  terms: ['legal.terms.1', 'legal.terms.2', 'legal.terms.3'],
  privacy: ['legal.privacy.1', 'legal.privacy.2', 'legal.privacy.3'],
};

export function buildLegalPage({
  document,
  country,
  frame,
  catalogue,
}: {
  readonly document: LegalDocument;
  readonly country: string;
  readonly frame: Frame;
  readonly catalogue: Catalogue;
}): string {
  const { language } = frame;
  const { words, countryNames, consent } = entriesOf(catalogue, language.tag);
  const { version, datePublished } = consent;
  const countryName = countryNames[country] ?? country;
  const edition = fill(words.edition, { version, date: language.day(new Date(datePublished)) });
  return buildPage({
    frame,
    title: words[document],
    main: html`<article class="column narrow">
<h1>${words[document]}</h1>
<p class="muted">!${buildName(BANK_NAME)} · ${countryName} · <time datetime="${datePublished}">${edition}</time></p>
!${PARAGRAPHS[document].map((paragraph) => html`<p>${language.text(paragraph, { country: countryName })}</p>`)}
</article>`,
  });
}
