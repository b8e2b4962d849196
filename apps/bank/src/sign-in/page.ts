/** The sign-in. */
import { csrfField, type SignInAnswer } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import type { Language } from '../language.ts';
import { buildPage } from '../layout.ts';

export interface SignInPage {
  readonly frame: Frame;
  readonly next?: SignInAnswer['next'];
  /** The page reports that the pair did not match, without telling which of the two. */
  readonly refused?: SignInAnswer['refused'] | undefined;
  /** Why a customer who was signed in must sign in again. */
  readonly notice?: 'signIn.again' | 'signIn.signedOut' | undefined;
  readonly demoSignIn?: DemoSignIn | undefined;
}

interface DemoSignIn {
  readonly username: string;
  readonly password: string;
}

export function buildSignInPage(page: SignInPage): string {
  const { frame, next, refused, notice, demoSignIn } = page;
  const { language } = frame;
  const described = refused ? 'aria-invalid="true" aria-describedby="refused"' : '';
  return buildPage({
    frame,
    title: language.text(refused ? 'signIn.error' : 'signIn.heading'),
    main: html`<div class="door">
<section class="welcome" aria-hidden="true"><p class="welcome-line">${language.text('signIn.welcome')}</p></section>
<section class="card door-card" aria-labelledby="title">
<h1 id="title">${language.text('signIn.heading')}</h1>
!${notice ? html`<p class="note">${language.text(notice)}</p>` : ''}
!${refused ? html`<p class="alert" id="refused" role="alert">${language.text('signIn.refused')}</p>` : ''}
<form method="post" action="/sign-in" class="stack">
!${csrfField(frame)}
!${next ? html`<input type="hidden" name="next" value="${next}">` : ''}
<div class="field"><label for="username">${language.text('signIn.username')}</label>
<input id="username" name="username" type="text" value="${refused?.username ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" !${described}></div>
<div class="field"><label for="password">${language.text('signIn.password')}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256" !${described}></div>
<button class="primary" type="submit">${language.text('signIn.heading')}</button>
</form>
!${demoSignIn ? buildDemoHint(demoSignIn, language) : ''}
</section>
</div>`,
  });
}

function buildDemoHint({ username, password }: DemoSignIn, language: Language): string {
  const [name, secret] = [username, password].map((value) => html`<code translate="no">${value}</code>`);
  return html`<p class="demo">!${language.html('signIn.demo', { username: name ?? '', password: secret ?? '' })}</p>`;
}
