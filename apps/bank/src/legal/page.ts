import { type Catalogue, fill } from '@payment-passkeys/issuer/consent';
import { html } from 'ghtml';
import { BANK_NAME, buildPage } from '../layout.ts';
import { directionOf, entriesOf, type Place } from '../passkeys/catalogue.ts';
import { type LegalDocument, legalText } from './documents.ts';

export function buildLegalPage({
  document,
  country,
  language,
  catalogue,
}: Place & { readonly document: LegalDocument; readonly catalogue: Catalogue }): string {
  const { words, countryNames, consent } = entriesOf(catalogue, language);
  const { version, datePublished } = consent;
  const countryName = countryNames[country] ?? country;
  const date = new Intl.DateTimeFormat(`${language}-${country}`, { dateStyle: 'long', timeZone: 'UTC' });
  const edition = fill(words.edition, { version, date: date.format(new Date(datePublished)) });
  return buildPage({
    title: words[document],
    language,
    direction: directionOf(catalogue, language),
    main: html`<article class="column narrow">
<h1>${words[document]}</h1>
<p class="muted"><bdi>${BANK_NAME}</bdi> · ${countryName} · <time datetime="${datePublished}">${edition}</time></p>
!${legalText(document, { language, countryName }).map((paragraph) => html`<p>${paragraph}</p>`)}
</article>`,
  });
}
