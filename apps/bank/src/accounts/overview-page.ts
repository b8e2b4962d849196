import { maskPan } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import { buildPage } from '../layout.ts';
import type { PaymentPasskey } from '../passkeys/records.ts';
import type { CardSummary } from './customers.ts';

export interface OverviewPage {
  readonly csrfToken: string;
  readonly displayName: string;
  readonly cards: readonly CardSummary[];
  readonly passkeys: readonly PaymentPasskey[];
  readonly now: Date;
}

export function buildOverviewPage({ csrfToken, displayName, cards, passkeys, now }: OverviewPage): string {
  return buildPage({
    title: 'Your accounts',
    signedIn: { displayName, csrfToken },
    main: html`<div class="column">
<h1>Hello, ${displayName.split(' ')[0]}</h1>
<section aria-labelledby="cards"><h2 id="cards">Your cards</h2>
<ul class="plates">!${cards.map(buildPlate)}</ul></section>
<section aria-labelledby="passkeys"><h2 id="passkeys">Payment passkeys</h2>
!${passkeys.length > 0 ? buildPasskeys(passkeys, now) : OFFER}</section>
</div>`,
  });
}

function buildPlate({ product, lastFour, expires }: CardSummary): string {
  return html`<li class="plate"><span class="plate-product">${product}</span>
<span class="plate-number"><span class="unseen">Card ending in ${lastFour}</span><span aria-hidden="true">${maskPan(lastFour)}</span></span>
<span class="plate-expires">Expires ${expires}</span></li>`;
}

/** The shape by which passkeys are known, a person beside a key. */
const PASSKEY = `<svg class="key" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false"><circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/></svg>`;

const OFFER = `<div class="card offer">${PASSKEY}
<div><p class="offer-line">Pay online with your fingerprint, your face or your screen lock, at any shop that takes your cards.</p>
<p class="muted">It takes about a minute, and costs nothing. You have no payment passkey yet.</p></div>
<p><a class="primary" href="/passkeys/new">Set up a payment passkey</a></p></div>`;

function buildPasskeys(passkeys: readonly PaymentPasskey[], now: Date): string {
  return html`<div class="card"><ul class="passkeys">!${passkeys.map((passkey) => buildPasskey(passkey, now))}</ul>
<p class="actions"><a class="secondary" href="/passkeys/new">Set up a payment passkey</a>
<a class="quiet" href="/passkeys/consents">What did I agree to?</a></p></div>`;
}

const DAY = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

function buildPasskey({ accounts, device, createdAt, lastUsedAt }: PaymentPasskey, now: Date): string {
  const idle = isIdle(lastUsedAt, now);
  return html`<li class="passkey">!${PASSKEY}<div><strong>${device ?? 'Payment passkey'}</strong>
<span class="accounts">${accounts.join(', ')}</span>
<span class="muted">Created !${buildDay(createdAt)} · Last used with us !${buildDay(lastUsedAt)}</span>
!${idle ? '<span class="muted">Not used with us for 13 months: it may be gone. Set one up again on this device.</span>' : ''}</div>
<span class="badge !${idle ? 'badge-idle' : ''}">${idle ? 'Idle' : 'Active'}</span></li>`;
}

function buildDay(date: Date): string {
  return html`<time datetime="${date.toISOString()}">${DAY.format(date)}</time>`;
}

const IDLE_MONTHS = 13;

/** The network may delete a passkey that nobody uses for 13 months. It may have been used at shops since, which the bank is not told. */
function isIdle(lastUsedAt: Date, now: Date): boolean {
  const limit = new Date(lastUsedAt);
  limit.setUTCMonth(limit.getUTCMonth() + IDLE_MONTHS);
  return now >= limit;
}
