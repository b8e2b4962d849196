/** The registration screen: the kit's element, and within it the same screen as a plain form, for a browser without script. */
import { type Catalogue, fill, type Piece, type RenderedConsent } from '@payment-passkeys/issuer/consent';
import { maskPan } from '@payment-passkeys/issuer/server';
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { LinkableAccount } from '../accounts/linkable.ts';
import type { Frame } from '../frame.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';
import { BANK_NAME } from '../site.ts';
import { entriesOf, type Place } from './catalogue.ts';
import { CATALOGUE_INDEX, ELEMENT_SCRIPT } from './element-routes.ts';
import type { NotAgreedError } from './enrolment.ts';

export interface RegistrationPage extends Place {
  readonly frame: Frame;
  readonly accounts: readonly LinkableAccount[];
  readonly catalogue: Catalogue;
  readonly consent: RenderedConsent & { readonly textHash: string };
  /** Why the consent was not accepted; shown at the top. */
  readonly problem?: AgreeProblem | undefined;
}

/** Why no consent could be accepted. */
export type AgreeProblem = `agree.${NotAgreedError['code']}`;

export function buildRegistrationPage(page: RegistrationPage): string {
  const { frame, country, language, accounts, catalogue, problem } = page;
  const { words } = entriesOf(catalogue, language);
  return buildPage({
    frame,
    title: words.heading,
    offersLanguages: true,
    modules: [ELEMENT_SCRIPT, '/assets/registration.js'],
    main: html`<div class="column narrow">
!${problem ? html`<p class="alert" role="alert">${frame.language.text(problem)}</p>` : ''}
<form method="get" action="/passkeys/new" id="place" hidden></form>
<form method="get" action="/" id="home" hidden></form>
<form method="post" action="/passkeys">
!${csrfField(frame)}
<payment-passkey-registration name="consent" bank="${BANK_NAME}" country="${country}" language="${language}" catalogue="${CATALOGUE_INDEX}" accounts="${JSON.stringify(accounts)}" choose-accounts remove-fallback heading-level="1" decline-uri="/">
!${buildPlainForm(page)}
</payment-passkey-registration>
</form>
</div>`,
  });
}

function buildPlainForm(page: RegistrationPage): string {
  const { country, language, catalogue } = page;
  const { words } = entriesOf(catalogue, language);
  return html`<div class="column plain">
<h1>${words.heading}</h1>
<p class="lead">${words.explanation}</p>
!${catalogue.index.countries[country]?.eligible ? buildAgreement(page) : buildIneligible(page)}
</div>`;
}

function buildPlace({ country, language, catalogue }: Place & { readonly catalogue: Catalogue }): string {
  const { words, countryNames } = entriesOf(catalogue, language);
  const countries = Object.keys(catalogue.index.countries)
    .map((each) => [each, countryNames[each] ?? each] as const)
    .toSorted(([, one], [, other]) => one.localeCompare(other, language));
  const languages = Object.entries(catalogue.index.languages).map(([tag, { name }]) => [tag, name] as const);
  return html`<div class="choice">
<div class="field"><label for="country">${words.country}</label>
<select id="country" name="country" form="place" autocomplete="off">!${countries.map((each) => buildOption(each, country))}</select></div>
<div class="field"><label for="language">${words.language}</label>
<select id="language" name="language" form="place" autocomplete="off">!${languages.map((each) => buildOption(each, language))}</select></div>
<p><button class="secondary" type="submit" form="place">${words.apply}</button></p>
</div>`;
}

function buildOption([value, name]: readonly [string, string], selected: string): string {
  return html`<option value="${value}" !${value === selected ? 'selected' : ''}>${name}</option>`;
}

function buildIneligible(page: RegistrationPage): string {
  const { country, language, catalogue } = page;
  const { words, countryNames, notEligible } = entriesOf(catalogue, language);
  const rules = catalogue.index.countries[country];
  const because = rules?.eligible === false ? rules.because : 'NOT_YET_SERVED';
  return html`!${buildPlace(page)}
<div class="note" role="status"><h2>${fill(words.notEligibleHeading, { country: countryNames[country] ?? country })}</h2>
<p>${notEligible[because]}</p></div>
<div class="actions"><button class="secondary" type="submit" form="home">${words.decline}</button></div>`;
}

function buildAgreement(page: RegistrationPage): string {
  const { language, catalogue, accounts, consent } = page;
  const { words } = entriesOf(catalogue, language);
  const { textHash, country, resources } = consent;
  const shown = { catalogueVersion: catalogue.index.version, textHash, country, language, resources };
  return html`<section class="card" aria-labelledby="accounts"><h2 id="accounts">${words.accountsHeading}</h2>
<p class="hint">${words.accountsHint}</p>
<ul class="linkable">!${accounts.map((account) => buildAccount(account, words))}</ul></section>
!${buildPlace(page)}
<section class="card" aria-labelledby="consent"><h2 id="consent">${words.consentHeading}</h2>
<div class="consent">!${consent.paragraphs.map((pieces) => html`<p>!${pieces.map(buildPiece)}</p>`)}</div>
<p class="muted">${fill(words.edition, { version: consent.version, date: formatDate(consent) })}</p></section>
<input type="hidden" name="shown" value="${JSON.stringify(shown)}">
<div class="actions"><button class="primary" type="submit">${words.agree}</button>
<button class="secondary" type="submit" form="home">${words.decline}</button></div>`;
}

function buildAccount(account: LinkableAccount, words: { readonly email: string; readonly mobile: string }): string {
  const label =
    account.kind === 'CARD'
      ? html`!${buildName(account.product)} !${buildCode(maskPan(account.lastFour))}`
      : html`${account.kind === 'EMAIL' ? words.email : words.mobile} !${buildCode(account.masked)}`;
  return html`<li><label class="tick"><input type="checkbox" name="account" value="${account.id}" checked> <span>!${label}</span></label></li>`;
}

function buildPiece(piece: Piece): string {
  if (typeof piece === 'string') return html`${piece}`;
  return html`<a href="${piece.uri}" target="_blank" rel="noopener">${piece.text}</a>`;
}

function formatDate({ datePublished, language, country }: RenderedConsent): string {
  return new Intl.DateTimeFormat(`${language}-${country}`, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(datePublished),
  );
}
