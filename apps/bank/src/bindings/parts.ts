/** HTML that several pages about a passkey share. */
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { joinList, type Language, type TextName } from '../language.ts';
import { buildCode, buildName } from '../layout.ts';
import { buildDevice } from '../passkeys/device.ts';
import type { BindingAction } from './calls.ts';
import type { Known } from './customer-passkeys.ts';
import type { PasskeyState, PasskeyView, Place } from './passkey-view.ts';

export const PASSKEYS_PATH = '/passkeys';
export const LOST_PATH = '/passkeys/lost';

export function passkeyPath(credentialId: string): string {
  return `${PASSKEYS_PATH}/of/${credentialId}`;
}

export function orderPath(orderId: string): string {
  return `${PASSKEYS_PATH}/orders/${orderId}`;
}

/** The last part of the address of the page that asks once more. */
export const ACT_NAMES = {
  SUSPEND: 'block',
  RESUME: 'unblock',
  DELETE: 'remove',
  ACTIVATE: 'confirm',
} as const satisfies Readonly<Record<BindingAction, string>>;

/** The usual icon of passkeys: a person beside a key. */
export const PASSKEY_ICON = `<svg class="key" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false"><circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/></svg>`;

/** The passkey's name as HTML: the browser that made it, or the shop at which it was made. */
export function buildPasskeyName({ device, shop }: Pick<PasskeyView, 'device' | 'shop'>, language: Language): string {
  if (device === undefined && shop !== undefined) return language.html('passkeys.madeAt', { shop: buildName(shop) });
  return buildDevice(device ?? { browser: undefined, platform: undefined }, language);
}

/** The place's name as HTML: a shop, or "any shop, when you enter your card number". */
export function buildPlaceName({ heldBy, lastFours }: Pick<Place, 'heldBy' | 'lastFours'>, language: Language): string {
  const cards = joinList(
    lastFours.map((lastFour) => buildCode(`•••• ${lastFour}`)),
    language,
  );
  const name = heldBy.role === 'issuer' ? html`${language.text('passkey.own')}` : buildName(heldBy.name);
  return html`!${name} <span class="accounts">!${cards}</span>`;
}

const STATES = {
  ACTIVE: 'passkeys.active',
  BLOCKED: 'passkeys.blocked',
  PARTLY_BLOCKED: 'passkeys.partly',
  UNCONFIRMED: 'passkeys.unconfirmed',
  WAITING: 'passkeys.waiting',
} as const satisfies Readonly<Record<PasskeyState, TextName>>;

export function buildBadge(state: PasskeyState, language: Language): string {
  return html`<span class="badge ${state === 'ACTIVE' ? '' : 'badge-stopped'}">${language.text(STATES[state])}</span>`;
}

export function buildDay(date: Date, language: Language): string {
  return html`<time datetime="${date.toISOString()}">${language.day(date)}</time>`;
}

export function buildMoment(date: Date, language: Language): string {
  return html`<time datetime="${date.toISOString()}">${language.moment(date)}</time>`;
}

/** Says that the network could not be asked, and what the page shows instead. Empty if it was asked. */
export function buildAway({ current, askedAt }: Pick<Known, 'current' | 'askedAt'>, language: Language): string {
  if (current) return '';
  const text = askedAt
    ? language.html('away.since', { moment: buildMoment(askedAt, language) })
    : html`${language.text('away.never')}`;
  return html`<p class="note" role="status">!${text}</p>`;
}

/** Passkeys that were deleted at the network, each with a button that removes the message. */
export function buildNotices({ notices }: Pick<Known, 'notices'>, frame: Frame): string {
  const { language } = frame;
  return notices
    .map(({ eventId, by, at, ...passkey }) => {
      const name = by === 'CARDHOLDER' ? 'notice.byYou' : 'notice.byNetwork';
      const text = language.html(name, { day: buildDay(at, language), passkey: buildPasskeyName(passkey, language) });
      return html`<form class="card notice" method="post" action="/passkeys/notices/${eventId}">!${csrfField(frame)}
<p>!${text}</p><button class="secondary" type="submit">${language.text('notice.read')}</button></form>`;
    })
    .join('');
}

export function buildBack(address: string, words: string): string {
  return html`<p><a class="back" href="${address}">${words}</a></p>`;
}
