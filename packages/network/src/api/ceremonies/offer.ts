/**
 * What a session offers on this device: to create a passkey (2A) or to use one (2B), with the other one as the alternative; or to pay with
 * one.
 */
import {
  type AccountReferences,
  type Display,
  maskEmail,
  maskMobile,
  maskPan,
  type Offer,
  type PayOffer,
} from '@payment-passkeys/protocol';
import { buildCreationOptions, buildRequestOptions, type CeremonyPolicy } from '@payment-passkeys/webauthn';
import type { OfferedPasskey } from '../../domain/ceremonies/opening.ts';

/** One challenge serves both offers: the first ceremony that answers it consumes it. */
export interface OfferOptions {
  readonly policy: CeremonyPolicy;
  readonly passkeys: readonly OfferedPasskey[];
  readonly accounts: AccountReferences;
  readonly challenge: Buffer;
  /** 32 random bytes: the user handle of a passkey that may be created. */
  readonly userHandle: Buffer;
}

export function buildOffers(options: OfferOptions): { readonly offer: Offer; readonly alternative?: Offer } {
  const { passkeys } = options;
  const onDevice = passkeys.filter((passkey) => passkey.onDevice);
  const create = createOffer(options);
  if (onDevice.length > 0) return { offer: useOffer(options, onDevice), alternative: create };
  const ofAccounts = passkeys.filter((passkey) => passkey.ofAccounts);
  return ofAccounts.length > 0 ? { offer: create, alternative: useOffer(options, ofAccounts) } : { offer: create };
}

/** Offers to approve a payment with any live passkey of the card, on a recognised device or not (contract §9). */
export function buildPayOffer({
  policy,
  challenge,
  passkeys,
}: Omit<OfferOptions, 'accounts' | 'userHandle'>): PayOffer {
  return { scenario: 'PAY', options: buildRequestOptions({ policy, challenge, allowCredentials: passkeys }) };
}

function createOffer({ policy, passkeys, accounts, challenge, userHandle }: OfferOptions): Offer {
  const userName = maskPan(accounts.cards[0]?.primaryAccountNumber ?? '');
  return {
    scenario: 'CREATE',
    options: buildCreationOptions({
      policy,
      challenge,
      userId: userHandle,
      userName,
      userDisplayName: userName,
      excludeCredentials: passkeys,
    }),
  };
}

function useOffer({ policy, challenge }: OfferOptions, passkeys: readonly OfferedPasskey[]): Offer {
  return { scenario: 'USE', options: buildRequestOptions({ policy, challenge, allowCredentials: passkeys }) };
}

/** What the page shows of the session; accounts are masked. */
export function buildDisplay(clientName: string, accounts: AccountReferences, locale: string): Display {
  return {
    clientName,
    accounts: [
      ...accounts.cards.map((card) => ({ kind: 'CARD' as const, masked: maskPan(card.primaryAccountNumber) })),
      ...(accounts.emailAddresses ?? []).map((email) => ({ kind: 'EMAIL' as const, masked: maskEmail(email) })),
      ...(accounts.mobileNumbers ?? []).map((mobile) => ({ kind: 'MOBILE' as const, masked: maskMobile(mobile) })),
    ],
    locale,
  };
}
