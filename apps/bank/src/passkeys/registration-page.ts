import { html } from 'ghtml';
import { buildPage, csrfField } from '../layout.ts';
import { legalPath } from '../legal/documents.ts';
import { COUNTRIES, type Country, countryName, LANGUAGES, type Language, languageName, WORDING } from './wording.ts';

export interface RegistrationPage {
  readonly csrfToken: string;
  readonly displayName: string;
  readonly country: Country;
  readonly language: Language;
  /** Masked. */
  readonly accounts: readonly string[];
}

export function buildRegistrationPage({
  csrfToken,
  displayName,
  country,
  language,
  accounts,
}: RegistrationPage): string {
  const words = WORDING[language];
  return buildPage({
    title: words.title,
    language,
    signedIn: { displayName, csrfToken },
    scripts: ['/assets/registration.js'],
    main: html`<div class="column narrow">
<h1>${words.title}</h1>
<p class="lead">${words.lead}</p>
<form class="choice" method="get" action="/passkeys/new" data-follows>
<div class="field"><label for="country">${words.country}</label>
<select id="country" name="country" aria-describedby="choose" autocomplete="off">!${COUNTRIES.map((each) => buildOption(each, countryName(each, language), each === country))}</select></div>
<div class="field"><label for="language">${words.language}</label>
<select id="language" name="language" aria-describedby="choose" autocomplete="off">!${LANGUAGES.map((each) => buildOption(each, languageName(each), each === language))}</select></div>
<noscript><button class="secondary" type="submit">${words.apply}</button></noscript>
<p class="hint" id="choose">${words.choose}</p>
</form>
<ol class="steps">!${words.steps.map((step) => html`<li>${step}</li>`)}</ol>
<section class="card" aria-labelledby="shared"><h2 id="shared">${words.sharedTitle}</h2>
<p>${words.shared}</p>
<ul class="shared">!${accounts.map((account) => html`<li>${account}</li>`)}</ul>
<h2>${words.consentTitle}</h2>
<p class="consent">!${buildConsent({ country, language })}</p>
<p class="muted">${words.withdrawal}</p></section>
<div class="actions">
<form method="post" action="/passkeys">
!${csrfField(csrfToken)}
<input type="hidden" name="country" value="${country}"><input type="hidden" name="language" value="${language}">
<button class="primary" type="submit">${words.agree}</button>
</form>
<form method="get" action="/"><button class="secondary" type="submit">${words.notNow}</button></form>
</div>
</div>`,
  });
}

function buildOption(value: string, name: string, selected: boolean): string {
  return html`<option value="${value}" !${selected ? 'selected' : ''}>${name}</option>`;
}

/** The sentence with its links in place: escaped as a whole, then filled in with HTML of our own. */
function buildConsent({ country, language }: { readonly country: Country; readonly language: Language }): string {
  const { consent, terms, privacy, agree } = WORDING[language];
  const link = (document: 'terms' | 'privacy', name: string) =>
    html`<a href="${legalPath(document, { country, language })}" target="_blank" rel="noopener">${name}</a>`;
  return html`${consent}`
    .replace('{agree}', html`${agree}`)
    .replace('{country}', html`${countryName(country, language)}`)
    .replace('{terms}', link('terms', terms))
    .replace('{privacy}', link('privacy', privacy));
}
