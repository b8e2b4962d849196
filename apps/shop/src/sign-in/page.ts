/** The sign-in. */
import { csrfField, type SignInAnswer } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { buildDemoNote, buildPage } from '../layout.ts';

export interface SignInPage extends Frame {
  readonly next: SignInAnswer['next'];
  /** The page reports that the pair did not match, without telling which of the two. */
  readonly refused: SignInAnswer['refused'] | undefined;
  readonly demoSignIn: { readonly username: string; readonly password: string } | undefined;
}

export function buildSignInPage(page: SignInPage): string {
  const { language, next, refused, demoSignIn } = page;
  const heading = language.text('signIn');
  const described = refused ? 'aria-invalid="true" aria-describedby="refused"' : '';
  return buildPage({
    ...page,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1>
<section class="panel" aria-label="${heading}">
!${refused ? html`<p class="alert" id="refused" role="alert">${language.text('signInRefused')}</p>` : ''}
<form method="post" action="/sign-in" class="stack">
!${csrfField(page)}
!${next ? html`<input type="hidden" name="next" value="${next}">` : ''}
<div class="field"><label for="username">${language.text('username')}</label>
<input id="username" name="username" type="text" value="${refused?.username ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" dir="ltr" required maxlength="64" !${described}></div>
<div class="field"><label for="password">${language.text('password')}</label>
<input id="password" name="password" type="password" autocomplete="current-password" dir="ltr" required maxlength="256" !${described}></div>
<button class="primary" type="submit">${language.text('signIn')}</button>
</form></section>
!${demoSignIn ? buildDemoNote(page, html`<p>${language.text('demoSignIn', demoSignIn)}</p>`) : ''}
</div>`,
  });
}
