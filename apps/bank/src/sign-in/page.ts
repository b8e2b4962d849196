import { html } from 'ghtml';
import { buildPage, csrfField } from '../layout.ts';

export interface SignInPage {
  readonly csrfToken: string;
  /** Where to go on to; one of our own paths, checked by the route. */
  readonly next?: string | undefined;
  readonly username?: string;
  /** Says that the pair did not match, without saying which of them. */
  readonly refused?: boolean;
  /** Why a sign-in is asked for, where that is not plain. */
  readonly notice?: string | undefined;
  readonly demoSignIn?: { readonly username: string; readonly password: string } | undefined;
}

export function buildSignInPage(page: SignInPage): string {
  const { csrfToken, next, username = '', refused = false, notice, demoSignIn } = page;
  const described = refused ? 'aria-invalid="true" aria-describedby="refused"' : '';
  return buildPage({
    title: refused ? 'Error: Sign in' : 'Sign in',
    main: html`<div class="door">
<section class="welcome" aria-hidden="true"><p class="welcome-line">Banking that keeps<br>to the point.</p></section>
<section class="card door-card" aria-labelledby="title">
<h1 id="title">Sign in</h1>
!${notice ? html`<p class="note">${notice}</p>` : ''}
!${refused ? html`<p class="alert" id="refused" role="alert">The username or the password is not right. Please try again.</p>` : ''}
<form method="post" action="/sign-in" class="stack">
!${csrfField(csrfToken)}
!${next ? html`<input type="hidden" name="next" value="${next}">` : ''}
<div class="field"><label for="username">Username</label>
<input id="username" name="username" type="text" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" !${described}></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256" !${described}></div>
<button class="primary" type="submit">Sign in</button>
</form>
!${demoSignIn ? buildDemoHint(demoSignIn) : ''}
</section>
</div>`,
  });
}

function buildDemoHint({ username, password }: { readonly username: string; readonly password: string }): string {
  return html`<p class="demo">Demonstration: sign in as <code>${username}</code> with the password <code>${password}</code>.</p>`;
}
