import { html } from 'ghtml';
import { buildPage } from '../layout.ts';
import type { PaymentPasskey } from '../passkeys/records.ts';
import type { CardSummary } from './customers.ts';
import { maskCard } from './masking.ts';

export interface OverviewPage {
  readonly csrfToken: string;
  readonly displayName: string;
  readonly cards: readonly CardSummary[];
  readonly passkeys: readonly PaymentPasskey[];
}

export function buildOverviewPage({ csrfToken, displayName, cards, passkeys }: OverviewPage): string {
  return buildPage({
    title: 'Your accounts',
    signedIn: { displayName, csrfToken },
    main: html`<div class="column">
<h1>Hello, ${displayName.split(' ')[0]}</h1>
<section aria-labelledby="cards"><h2 id="cards">Your cards</h2>
<ul class="plates">!${cards.map(buildPlate)}</ul></section>
<section aria-labelledby="passkeys"><h2 id="passkeys">Payment passkeys</h2>
<div class="card">
!${passkeys.length > 0 ? html`<ul class="passkeys">!${passkeys.map(buildPasskey)}</ul>` : ''}
<p>!${passkeys.length > 0 ? 'Set up another one for a further device.' : 'Pay online with your fingerprint, your face or your screen lock, at any shop that takes your cards. You have no payment passkey yet.'}</p>
<p><a class="primary" href="/passkeys/new">Set up a payment passkey</a></p>
</div></section>
</div>`,
  });
}

function buildPlate({ product, lastFour, expires }: CardSummary): string {
  return html`<li class="plate"><span class="plate-product">${product}</span>
<span class="plate-number"><span class="unseen">Card ending in ${lastFour}</span><span aria-hidden="true">${maskCard(lastFour)}</span></span>
<span class="plate-expires">Expires ${expires}</span></li>`;
}

const DAY = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

function buildPasskey({ accounts, createdAt }: PaymentPasskey): string {
  return html`<li class="passkey"><div><strong>Payment passkey</strong>
<span class="muted">Created <time datetime="${createdAt.toISOString()}">${DAY.format(createdAt)}</time></span>
<span class="accounts">${accounts.join(', ')}</span></div><span class="badge">Active</span></li>`;
}
