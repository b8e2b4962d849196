/** The overview: a customer's cards and their payment passkeys. */
import { maskPan } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import type { CardSummary } from '../accounts/customers.ts';
import type { Known } from '../bindings/customer-passkeys.ts';
import {
  buildAway,
  buildBadge,
  buildDay,
  buildNotices,
  buildPasskeyName,
  LOST_PATH,
  PASSKEY_ICON,
  passkeyPath,
} from '../bindings/parts.ts';
import type { PasskeyView } from '../bindings/passkey-view.ts';
import type { Frame } from '../frame.ts';
import { joinList, type Language } from '../language.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';

export interface OverviewPage extends Known {
  readonly frame: Frame;
  readonly displayName: string;
  readonly cards: readonly CardSummary[];
  readonly now: Date;
  /** Offers a new card in place of each card. */
  readonly demo: boolean;
}

export function buildOverviewPage({ frame, displayName, cards, now, demo, ...known }: OverviewPage): string {
  const { language } = frame;
  const { passkeys } = known;
  const [firstName = ''] = displayName.split(' ');
  return buildPage({
    frame,
    title: language.text('overview.title'),
    main: html`<div class="column">
<h1>!${language.html('overview.hello', { name: buildName(firstName) })}</h1>
!${buildNotices(known, frame)}
<section aria-labelledby="cards"><h2 id="cards">${language.text('overview.cards')}</h2>
<ul class="plates">!${cards.map((card) => buildPlate(card, { language, demo }))}</ul></section>
<section aria-labelledby="passkeys"><h2 id="passkeys">${language.text('passkeys.heading')}</h2>
!${buildAway(known, language)}
!${passkeys.length > 0 ? buildPasskeys(passkeys, { language, now }) : buildOffer(language)}</section>
</div>`,
  });
}

function buildPlate(
  { position, product, lastFour, expires, replacing }: CardSummary,
  { language, demo }: { readonly language: Language; readonly demo: boolean },
): string {
  const replace = replacing
    ? html`<span class="plate-act">${language.text('replace.waiting')}</span>`
    : html`<a class="plate-act" href="/cards/${position}/replace" aria-label="${language.text('replace.named', { lastFour })}">${language.text('replace.button')}</a>`;
  return html`<li class="plate"><span class="plate-product">!${buildName(product)}</span>
<span class="plate-number"><span class="unseen">${language.text('overview.cardEnding', { lastFour })}</span><span aria-hidden="true">!${buildCode(maskPan(lastFour))}</span></span>
<span class="plate-foot"><span class="plate-expires">!${language.html('overview.expires', { date: buildCode(expires) })}</span>!${demo ? replace : ''}</span></li>`;
}

function buildOffer(language: Language): string {
  return html`<div class="card offer">!${PASSKEY_ICON}
<div><p class="offer-line">${language.text('passkeys.offer')}</p>
<p class="muted">${language.text('passkeys.offerNote')}</p></div>
<p><a class="primary" href="/passkeys/new">${language.text('passkeys.setUp')}</a></p></div>`;
}

interface Shown {
  readonly language: Language;
  readonly now: Date;
}

function buildPasskeys(passkeys: readonly PasskeyView[], shown: Shown): string {
  const { language } = shown;
  return html`<div class="card"><ul class="passkeys">!${passkeys.map((passkey) => buildPasskey(passkey, shown))}</ul>
<p class="actions"><a class="secondary" href="/passkeys/new">${language.text('passkeys.setUp')}</a>
<a class="secondary" href="${LOST_PATH}">${language.text('passkeys.lost')}</a>
<a class="quiet" href="/passkeys/consents">${language.text('receipts.heading')}</a></p></div>`;
}

function buildPasskey(passkey: PasskeyView, { language, now }: Shown): string {
  const { credentialId, accounts, createdAt, lastUsedAt, state } = passkey;
  const idle = state === 'ACTIVE' && isIdle(lastUsedAt, now);
  return html`<li class="passkey">!${PASSKEY_ICON}<div><strong><a href="${passkeyPath(credentialId)}">!${buildPasskeyName(passkey, language)}</a></strong>
<span class="accounts">!${joinList(accounts.map(buildCode), language)}</span>
<span class="muted">!${language.html('passkeys.created', { day: buildDay(createdAt, language) })} · !${language.html('passkeys.lastUsed', { day: buildDay(lastUsedAt, language) })}</span>
!${idle ? html`<span class="muted">${language.count('passkeys.idleNote', IDLE_MONTHS)}</span>` : ''}</div>
!${idle ? html`<span class="badge badge-idle">${language.text('passkeys.idle')}</span>` : buildBadge(state, language)}</li>`;
}

const IDLE_MONTHS = 13;

/** The network may delete a passkey after 13 months without use. */
function isIdle(lastUsedAt: Date, now: Date): boolean {
  const limit = new Date(lastUsedAt);
  limit.setUTCMonth(limit.getUTCMonth() + IDLE_MONTHS);
  return now >= limit;
}
