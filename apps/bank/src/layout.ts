/** The frame of every page. */
import { html } from 'ghtml';

export const BANK_NAME = 'Larkmoor Bank';

export interface Page {
  readonly title: string;
  /** HTML. */
  readonly main: string;
  readonly language?: string;
  readonly direction?: 'ltr' | 'rtl';
  /** The signed-in customer's bar; absent on pages for everyone. */
  readonly signedIn?: { readonly displayName: string; readonly csrfToken: string } | undefined;
  /** Addresses of scripts of our own. The page is painted once they have run, so that what they draw does not push anything away. */
  readonly modules?: readonly string[];
}

const MARK = `<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
<rect width="32" height="32" rx="9" fill="currentColor"/><path class="mark-line" d="M6.5 21.5c4-5.2 7-7.4 9.6-7.4 2.8 0 4 2.7 6.2 2.7 1.2 0 2.3-.6 3.2-1.7M6.5 16.2c3.2-4.4 6.4-6.7 9.6-6.7" fill="none" stroke-width="2.4" stroke-linecap="round"/></svg>`;

export function buildPage({ title, main, language = 'en', direction = 'ltr', signedIn, modules = [] }: Page): string {
  return html`<!doctype html>
<html lang="${language}" dir="${direction}">
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
<a class="skip" href="#main">Skip to content</a>
<header class="bar" lang="en" dir="ltr"><div class="bar-inner">
<a class="brand" href="/">!${MARK}<span>${BANK_NAME}</span></a>
!${signedIn ? buildSignOut(signedIn) : ''}
</div></header>
<main id="main" tabindex="-1">
!${main}
</main>
<footer class="foot" lang="en" dir="ltr"><p>${BANK_NAME} is a reference bank. It holds no money, and its customers are invented.</p></footer>
</body>
</html>`;
}

function buildSignOut({
  displayName,
  csrfToken,
}: {
  readonly displayName: string;
  readonly csrfToken: string;
}): string {
  return html`<form class="sign-out" method="post" action="/sign-out">
<span class="who">${displayName}</span>
!${csrfField(csrfToken)}
<button class="quiet" type="submit">Sign out</button>
</form>`;
}

/** Goes into every form that posts. */
export function csrfField(token: string): string {
  return html`<input type="hidden" name="_csrf" value="${token}">`;
}
