/** What a session offers at its present step: to go to the issuer, to make or use a passkey, to pay; and what the page shows of it. */
import {
  type AccountReferences,
  type Alternative,
  CARD_BRAND_NAMES,
  type Display,
  maskPan,
  type Offer,
  type PayOffer,
  type VerifyOffer,
} from '@payment-passkeys/protocol';
import { lookupIndexes, unsealAccounts } from '../accounts/account-vault.ts';
import type { Fault } from '../http/errors.ts';
import type { Network } from '../network.ts';
import type { Passkey, PasskeySearch } from '../passkeys/store.ts';
import { offersIssuer, stepOf } from '../sessions/session.ts';
import type { Session } from '../sessions/store.ts';
import { findVerifyingIssuer, type VerifyingIssuer } from '../verification/issuer.ts';
import { buildDisplay, buildOffers, buildPayOffer } from './offer.ts';

export type Offers = (Offer | PayOffer | VerifyOffer) & { readonly alternative?: Alternative };

export interface OpeningPlan {
  /** The passkeys that the offers are made of. */
  readonly search: PasskeySearch;
  /** Without one of the accounts there is nothing to offer. */
  readonly needsPasskey: boolean;
  readonly offer: (passkeys: readonly Passkey[]) => Offers | Promise<Offers>;
}

/** A fault where there is nothing left to offer. `accounts` are the session's. */
export async function planOpening(
  session: Session,
  visit: {
    readonly accounts: AccountReferences | undefined;
    readonly deviceId: string | undefined;
    readonly challenge: Buffer;
    readonly userHandle: Buffer;
    readonly now: Date;
  },
  network: Network,
): Promise<OpeningPlan | Fault> {
  const { policy } = network;
  const { accounts, challenge, userHandle, now } = visit;
  switch (stepOf(session)) {
    case 'VERIFY': {
      const issuer = await findVerifyingIssuer(session, network);
      if (issuer === undefined) return { code: 'ACCOUNT_NOT_ELIGIBLE' };
      return {
        search: { deviceId: undefined, clientId: session.clientId, accountIndexes: [], now },
        needsPasskey: false,
        offer: () => buildVerifyOffer(issuer, network),
      };
    }
    case 'PAY':
      return {
        search: { ...searchOfCard(session, { accounts, now }, network), deviceId: visit.deviceId },
        // They may be suspended, deleted or grown idle since the session was made.
        needsPasskey: true,
        offer: async (found) => {
          const passkeys = found.filter(({ ofAccounts }) => ofAccounts);
          const instead = accounts && !deviceHasPasskey(passkeys) && (await offerIssuer(session, network));
          return { ...buildPayOffer({ policy, challenge, passkeys }), ...(instead && { alternative: instead }) };
        },
      };
    case 'PASSKEY': {
      if (accounts === undefined) return { code: 'ACCESS_DENIED' };
      const creation = { policy: network.policyFor(session.attestation), accounts, challenge, userHandle };
      return {
        search: searchOfSession(session, { ...visit, accounts }, network),
        needsPasskey: false,
        offer: (passkeys) => {
          const { offer, alternative } = buildOffers({ ...creation, passkeys });
          return { ...offer, ...(alternative && { alternative }) };
        },
      };
    }
  }
}

/** Of the passkeys that a search by card and device has found: whether this device is known to hold one of the card's. */
export function deviceHasPasskey(passkeys: readonly Passkey[]): boolean {
  return passkeys.some(({ onDevice, ofAccounts }) => onDevice && ofAccounts);
}

/** "Confirm with your bank instead": undefined where the session does not offer it, or the card's issuer takes no part. */
async function offerIssuer(session: Session, network: Network): Promise<VerifyOffer | undefined> {
  const issuer = offersIssuer(session) ? await findVerifyingIssuer(session, network) : undefined;
  return issuer && buildVerifyOffer(issuer, network);
}

function buildVerifyOffer({ name }: VerifyingIssuer, { config }: Network): VerifyOffer {
  return { scenario: 'VERIFY', documents: config.documents, issuerName: name };
}

/** The live passkeys that may approve a payment: bound to its card, by whichever client. An e-mail address is no card. */
export function searchOfCard(
  session: Session,
  { accounts, now }: { readonly accounts: AccountReferences | undefined; readonly now: Date },
  network: Network,
): PasskeySearch {
  if (session.cardIndex === null) throw new Error("A payment's session has a card.");
  const ofCard = accounts && lookupIndexes({ cards: accounts.cards }, network.keys.current().vault);
  return { deviceId: undefined, clientId: session.clientId, accountIndexes: ofCard ?? [session.cardIndex], now };
}

/**
 * The live passkeys that the session may use or has to exclude: its device's, and its accounts'. An issuer's cards are in its own ranges; its
 * e-mail addresses and mobile numbers find what it has bound itself. In a merchant's session nobody has verified more than the card, so that
 * an e-mail address, which anybody may type in, tells nothing about its owner's passkeys.
 */
export function searchOfSession(
  session: Session,
  visit: { readonly accounts: AccountReferences; readonly deviceId: string | undefined; readonly now: Date },
  network: Network,
): PasskeySearch {
  const { accounts, deviceId, now } = visit;
  const verified = session.reason === 'ACCOUNT_LOGIN' ? accounts : { cards: accounts.cards };
  const accountIndexes = lookupIndexes(verified, network.keys.current().vault);
  return { deviceId, clientId: session.clientId, accountIndexes, now };
}

/** Undefined where they are gone, or were never given. */
export function readAccounts({ accounts, sessionId }: Session, network: Network): AccountReferences | undefined {
  return accounts === null ? undefined : unsealAccounts(accounts, network.keys.current().vault, sessionId);
}

/** Masked. Of a payment the card alone, its brand and issuer, and what is to be paid to whom. */
export function describeSession(session: Session, accounts: AccountReferences | undefined, locale: string): Display {
  const { payment, cardLastFour, cardBrand, issuerName } = session;
  if (payment === null) return buildDisplay(session.clientName, accounts ?? { cards: [] }, locale);
  const { merchantName, merchantOrigin, orderId, amount, currency } = payment;
  const brand = cardBrand === null || cardBrand === 'OTHER' ? undefined : CARD_BRAND_NAMES[cardBrand];
  return {
    clientName: merchantName,
    accounts:
      cardLastFour === null
        ? []
        : [
            {
              kind: 'CARD',
              masked: maskPan(cardLastFour),
              ...(brand !== undefined && { brand }),
              ...(issuerName !== null && { issuerName }),
            },
          ],
    locale,
    payment: { merchantName, merchantOrigin, orderId, amount, currency },
  };
}
