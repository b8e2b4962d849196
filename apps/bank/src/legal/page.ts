import { html } from 'ghtml';
import { BANK_NAME, buildPage } from '../layout.ts';
import { countryName, WORDING } from '../passkeys/wording.ts';
import { LEGAL_VERSION, type LegalDocument, type LegalPlace, legalText } from './documents.ts';

export function buildLegalPage({
  document,
  country,
  language,
}: LegalPlace & { readonly document: LegalDocument }): string {
  const name = WORDING[language][document];
  return buildPage({
    title: name,
    language,
    main: html`<article class="column narrow">
<h1>${name}</h1>
<p class="muted">${BANK_NAME} · ${countryName(country, language)} · ${LEGAL_VERSION.version} · <time>${LEGAL_VERSION.datePublished}</time></p>
!${legalText(document, { country, language }).map((paragraph) => html`<p>${paragraph}</p>`)}
</article>`,
  });
}
