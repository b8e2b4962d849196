/** The frame of every page. */
import { html } from 'ghtml';
import { LANGUAGES, type Language } from './language.ts';

export const SHOP_NAME = 'Tidewick';

/** What every page needs to know of its request. */
export interface Frame {
  readonly language: Language;
  readonly csrfToken: string;
  readonly cartCount: number;
  readonly signedIn: { readonly displayName: string } | undefined;
}

export interface Page extends Frame {
  readonly title: string;
  /** HTML. */
  readonly main: string;
  /** Addresses of scripts of our own. */
  readonly modules?: readonly string[];
}

const MARK = `<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><path d="M16 3c6 5 9 9.500 9 14.500A9 9 0 0 1 7 17.500C7 12.500 10 8 16 3z" fill="currentColor"/><path d="M4 25c4-3 8-3 12 0s8 3 12 0" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>`;

export function buildPage(page: Page): string {
  const { title, main, language, cartCount, modules = [] } = page;
  return html`<!doctype html>
<html lang="${language.tag}" dir="${language.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – ${SHOP_NAME}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shop.css">
!${modules.map((address) => html`<script type="module" src="${address}"></script>`)}
</head>
<body>
<a class="skip" href="#main">${language.say('skip')}</a>
<header class="bar"><div class="bar-inner">
<a class="brand" href="/">!${MARK}<span>${SHOP_NAME}</span></a>
<nav class="links" aria-label="${SHOP_NAME}">
<a href="/orders">${language.say('orders')}</a>
<a href="/cards">${language.say('cards')}</a>
<a class="cart-link" href="/cart">${language.say('cart')} <span class="count">${cartCount}</span></a>
!${buildAccount(page)}
</nav>
</div></header>
<main id="main" tabindex="-1">
!${main}
</main>
<footer class="foot">!${buildLanguages(page)}<p>${language.say('foot', { shop: SHOP_NAME })}</p></footer>
</body>
</html>`;
}

function buildAccount(frame: Frame): string {
  const { language, signedIn } = frame;
  if (signedIn === undefined) return html`<a href="/sign-in">${language.say('signIn')}</a>`;
  return html`<form class="sign-out" method="post" action="/sign-out"><span class="who">${signedIn.displayName}</span>!${csrfField(frame)}<button class="quiet" type="submit">${language.say('signOut')}</button></form>`;
}

function buildLanguages(frame: Frame): string {
  const { language } = frame;
  const options = LANGUAGES.map(
    ([tag, name]) =>
      html`<option value="${tag}" lang="${tag}" !${tag === language.tag ? 'selected' : ''}>${name}</option>`,
  );
  return html`<form class="languages" method="post" action="/language">!${csrfField(frame)}
<label for="language">${language.say('language')}</label>
<select id="language" name="language" autocomplete="off">!${options}</select>
<button class="secondary small" type="submit">${language.say('change')}</button></form>`;
}

/** Goes into every form that posts. */
export function csrfField({ csrfToken }: Pick<Frame, 'csrfToken'>): string {
  return html`<input type="hidden" name="_csrf" value="${csrfToken}">`;
}

/** What a page explains of itself in demo mode. `content` is HTML. */
export function buildDemoNote({ language }: Pick<Frame, 'language'>, content: string): string {
  return html`<aside class="demo" aria-labelledby="demo"><h2 id="demo">${language.say('demoHeading')}</h2>!${content}</aside>`;
}
