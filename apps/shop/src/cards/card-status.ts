/** Whether a saved card can pay, and if it cannot: because of whom, in plain words. */
import type { Actor, BindingStatus, SavedCard } from '@payment-passkeys/merchant/server';
import { html } from 'ghtml';
import type { Language, TextName } from '../language.ts';

export interface CardStatus {
  /** ACTIVE: it can pay. */
  readonly status: BindingStatus;
  /** Everyone who suspends the card, also while it waits for its bank. For a deleted card, who deleted it; empty if that is not known. */
  readonly by: readonly Actor[];
}

export interface ShopCard extends SavedCard {
  readonly state: CardStatus;
}

export const ACTIVE: CardStatus = { status: 'ACTIVE', by: [] };

export function canPay({ state }: ShopCard): boolean {
  return state.status === 'ACTIVE';
}

const BLOCKED: Readonly<Record<Actor, TextName>> = {
  ISSUER: 'blocked.ISSUER',
  MERCHANT: 'blocked.MERCHANT',
  CARDHOLDER: 'blocked.CARDHOLDER',
  NETWORK: 'blocked.NETWORK',
};
const DELETED: Readonly<Record<Actor, TextName>> = {
  ISSUER: 'deleted.ISSUER',
  MERCHANT: 'deleted',
  CARDHOLDER: 'deleted.CARDHOLDER',
  NETWORK: 'deleted.NETWORK',
};

/** Why the card cannot pay, and what the shopper can do or whom to call: one text for each who acted. Empty if it can pay. */
export function tellCardState({ state: { status, by } }: ShopCard, language: Language): readonly string[] {
  if (status === 'ACTIVE') return [];
  const blocked = by.map((actor) => language.text(BLOCKED[actor]));
  if (status === 'PENDING_ACTIVATION') return [language.text('pending.means'), ...blocked];
  if (status === 'SUSPENDED') return blocked;
  return [language.text(by[0] === undefined ? 'deleted' : DELETED[by[0]])];
}

/** A word beside the card, as HTML; empty if it can pay. */
export function buildCardBadge({ state: { status } }: ShopCard, language: Language): string {
  if (status === 'ACTIVE') return '';
  if (status === 'PENDING_ACTIVATION') return html`<span class="badge">${language.text('pending')}</span>`;
  return status === 'SUSPENDED'
    ? html`<span class="badge badge-blocked">${language.text('blocked')}</span>`
    : html`<span class="badge">${language.text('noPasskey')}</span>`;
}
