/** The overview: a customer's cards and their payment passkeys. */
import { maskPan } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import type { CardSummary } from '../accounts/customers.ts';
import type { Frame } from '../frame.ts';
import { joinList, type Language } from '../language.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';
import { buildDevice } from '../passkeys/device.ts';
import type { PaymentPasskey } from '../passkeys/records.ts';

export interface OverviewPage {
  readonly frame: Frame;
  readonly displayName: string;
  readonly cards: readonly CardSummary[];
  readonly passkeys: readonly PaymentPasskey[];
  readonly now: Date;
}

export function buildOverviewPage({ frame, displayName, cards, passkeys, now }: OverviewPage): string {
  const { language } = frame;
  const [firstName = ''] = displayName.split(' ');
  return buildPage({
    frame,
    title: language.text('overview.title'),
    main: html`<div class="column">
<h1>!${language.html('overview.hello', { name: buildName(firstName) })}</h1>
<section aria-labelledby="cards"><h2 id="cards">${language.text('overview.cards')}</h2>
<ul class="plates">!${cards.map((card) => buildPlate(card, language))}</ul></section>
<section aria-labelledby="passkeys"><h2 id="passkeys">${language.text('passkeys.heading')}</h2>
!${passkeys.length > 0 ? buildPasskeys(passkeys, { language, now }) : buildOffer(language)}</section>
</div>`,
  });
}

function buildPlate({ product, lastFour, expires }: CardSummary, language: Language): string {
  return html`<li class="plate"><span class="plate-product">!${buildName(product)}</span>
<span class="plate-number"><span class="unseen">${language.text('overview.cardEnding', { lastFour })}</span><span aria-hidden="true">!${buildCode(maskPan(lastFour))}</span></span>
<span class="plate-expires">!${language.html('overview.expires', { date: buildCode(expires) })}</span></li>`;
}

/** The usual icon of passkeys: a person beside a key. */
const PASSKEY = `<svg class="key" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false"><circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/></svg>`;

function buildOffer(language: Language): string {
  return html`<div class="card offer">!${PASSKEY}
<div><p class="offer-line">${language.text('passkeys.offer')}</p>
<p class="muted">${language.text('passkeys.offerNote')}</p></div>
<p><a class="primary" href="/passkeys/new">${language.text('passkeys.setUp')}</a></p></div>`;
}

interface Shown {
  readonly language: Language;
  readonly now: Date;
}

function buildPasskeys(passkeys: readonly PaymentPasskey[], shown: Shown): string {
  const { language } = shown;
  return html`<div class="card"><ul class="passkeys">!${passkeys.map((passkey) => buildPasskey(passkey, shown))}</ul>
<p class="actions"><a class="secondary" href="/passkeys/new">${language.text('passkeys.setUp')}</a>
<a class="quiet" href="/passkeys/consents">${language.text('receipts.heading')}</a></p></div>`;
}

function buildPasskey({ accounts, device, createdAt, lastUsedAt }: PaymentPasskey, { language, now }: Shown): string {
  const idle = isIdle(lastUsedAt, now);
  const day = (date: Date) => html`<time datetime="${date.toISOString()}">${language.day(date)}</time>`;
  return html`<li class="passkey">!${PASSKEY}<div><strong>!${buildDevice(device, language)}</strong>
<span class="accounts">!${joinList(accounts.map(buildCode), language)}</span>
<span class="muted">!${language.html('passkeys.created', { day: day(createdAt) })} · !${language.html('passkeys.lastUsed', { day: day(lastUsedAt) })}</span>
!${idle ? html`<span class="muted">${language.count('passkeys.idleNote', IDLE_MONTHS)}</span>` : ''}</div>
<span class="badge !${idle ? 'badge-idle' : ''}">${language.text(idle ? 'passkeys.idle' : 'passkeys.active')}</span></li>`;
}

const IDLE_MONTHS = 13;

/**
 * The network may delete a passkey after 13 months without use. The bank does not see payments at shops, so the passkey may still be in
 * use.
 */
function isIdle(lastUsedAt: Date, now: Date): boolean {
  const limit = new Date(lastUsedAt);
  limit.setUTCMonth(limit.getUTCMonth() + IDLE_MONTHS);
  return now >= limit;
}
