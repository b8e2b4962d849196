/** The frame of every page. */
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { BareFrame, Frame } from './frame.ts';
import { LANGUAGES } from './language.ts';
import { SHOP_NAME } from './site.ts';

interface Content {
  readonly title: string;
  /** HTML. */
  readonly main: string;
  /** Addresses of scripts of our own. */
  readonly modules?: readonly string[];
}

export type Page = Content & (Frame | BareFrame);

const MARK = `<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><path d="M16 3c6 5 9 9.500 9 14.500A9 9 0 0 1 7 17.500C7 12.500 10 8 16 3z" fill="currentColor"/><path d="M4 25c4-3 8-3 12 0s8 3 12 0" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>`;
const CART = `<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M5 8h14l-1.200 11a2 2 0 0 1-2 1.800H8.200a2 2 0 0 1-2-1.800zM8.500 10.500V7a3.500 3.500 0 0 1 7 0v3.500" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
const BARS = `<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M4 7h16M4 12h16M4 17h16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>`;

export function buildPage(page: Page): string {
  const { title, main, language, modules = [] } = page;
  return html`<!doctype html>
<html lang="${language.htmlTag}" dir="${language.direction}">
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
<a class="skip" href="#main">${language.text('skip')}</a>
!${buildHeader(page)}
<main id="main" tabindex="-1">
!${main}
</main>
<footer class="foot">!${isWhole(page) ? buildLanguages(page) : ''}<p>${language.text('foot', { shop: SHOP_NAME })}</p></footer>
</body>
</html>`;
}

function isWhole(page: Page): page is Content & Frame {
  return 'csrfToken' in page;
}

/** One row at any width: on a narrow screen the links are a menu that needs no script (HTML, the popover attribute). */
function buildHeader(page: Page): string {
  const { language, cartCount } = page;
  return html`<header class="bar"><div class="bar-inner">
<a class="brand" href="/" translate="no">!${MARK}<span>${SHOP_NAME}</span></a>
<nav class="links" id="menu" popover aria-label="${language.text('menu')}">
<a href="/orders">${language.text('orders')}</a>
<a href="/cards">${language.text('cards')}</a>
!${isWhole(page) ? buildAccount(page) : ''}
</nav>
<a class="cart-link" href="/cart">!${CART}<span class="cart-word">${language.text('cart')}</span> <span class="count">${language.number(cartCount)}</span></a>
<button class="quiet menu-button" type="button" popovertarget="menu" aria-label="${language.text('menu')}">!${BARS}</button>
</div></header>`;
}

function buildAccount(frame: Frame): string {
  const { language, signedIn } = frame;
  if (signedIn === undefined) return html`<a href="/sign-in">${language.text('signIn')}</a>`;
  return html`<form class="sign-out" method="post" action="/sign-out"><span class="who">${signedIn.displayName}</span>!${csrfField(frame)}<button class="quiet" type="submit">${language.text('signOut')}</button></form>`;
}

function buildLanguages(frame: Frame): string {
  const { language, here } = frame;
  const options = LANGUAGES.map(
    ({ tag, name }) =>
      html`<option value="${tag}" lang="${tag}" !${tag === language.tag ? 'selected' : ''}>${name}</option>`,
  );
  return html`<form class="languages" method="post" action="/language">!${csrfField(frame)}<input type="hidden" name="next" value="${here}">
<label for="language">${language.text('language')}</label>
<select id="language" name="language" autocomplete="off">!${options}</select>
<button class="secondary small" type="submit">${language.text('change')}</button></form>`;
}

/** A page's explanation in demo mode. `content` is HTML. */
export function buildDemoNote({ language }: Pick<Frame, 'language'>, content: string): string {
  return html`<aside class="demo" aria-labelledby="demo"><h2 id="demo">${language.text('demoHeading')}</h2>!${content}</aside>`;
}
