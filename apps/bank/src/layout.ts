/** The frame of every page. */
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { BareFrame, Frame } from './frame.ts';
import { LANGUAGES } from './language.ts';
import { BANK_NAME } from './site.ts';

export interface Page {
  readonly frame: BareFrame | Frame;
  readonly title: string;
  /** HTML. */
  readonly main: string;
  /** Addresses of scripts of our own. The page is painted after they have run, so that nothing moves. */
  readonly modules?: readonly string[];
  /** True if the page itself offers the languages. */
  readonly offersLanguages?: boolean;
}

const MARK = `<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
<rect width="32" height="32" rx="9" fill="currentColor"/><path class="mark-line" d="M6.5 21.5c4-5.2 7-7.4 9.6-7.4 2.8 0 4 2.7 6.2 2.7 1.2 0 2.3-.6 3.2-1.7M6.5 16.2c3.2-4.4 6.4-6.7 9.6-6.7" fill="none" stroke-width="2.4" stroke-linecap="round"/></svg>`;

export function buildPage({ frame, title, main, modules = [], offersLanguages = false }: Page): string {
  const { language } = frame;
  return html`<!doctype html>
<html lang="${language.tag}" dir="${language.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – ${BANK_NAME}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/bank.css">
!${modules.map((address) => html`<script type="module" src="${address}" async blocking="render"></script>`)}
</head>
<body>
<a class="skip" href="#main">${language.text('frame.skip')}</a>
<header class="bar"><div class="bar-inner">
<a class="brand" href="/" translate="no">!${MARK}<bdi>${BANK_NAME}</bdi></a>
!${'csrfToken' in frame && frame.signedIn ? buildSignOut(frame, frame.signedIn) : ''}
</div></header>
<main id="main" tabindex="-1">
!${main}
</main>
<footer class="foot">!${'csrfToken' in frame && !offersLanguages ? buildLanguages(frame) : ''}<p>!${language.html('frame.foot', { bank: BANK_NAME })}</p></footer>
</body>
</html>`;
}

function buildSignOut(frame: Frame, { displayName }: { readonly displayName: string }): string {
  return html`<form class="sign-out" method="post" action="/sign-out">
<bdi class="who" translate="no">${displayName}</bdi>
!${csrfField(frame)}
<button class="quiet" type="submit">${frame.language.text('frame.signOut')}</button>
</form>`;
}

function buildLanguages(frame: Frame): string {
  const { language, here } = frame;
  const options = LANGUAGES.map(
    ({ tag, name }) =>
      html`<option value="${tag}" lang="${tag}" !${tag === language.tag ? 'selected' : ''}>${name}</option>`,
  );
  return html`<form class="languages" method="post" action="/language">!${csrfField(frame)}
<input type="hidden" name="next" value="${here}">
<label for="language">${language.text('frame.language')}</label>
<select id="language" name="language" autocomplete="off">!${options}</select>
<button class="secondary" type="submit">${language.text('frame.change')}</button></form>`;
}

/** A name in a sentence of any direction, not translated. */
export function buildName(name: string): string {
  return html`<bdi translate="no">${name}</bdi>`;
}

/** A masked account, a card's date or a code: written from left to right in every language. */
export function buildCode(text: string): string {
  return html`<bdi dir="ltr" translate="no">${text}</bdi>`;
}
