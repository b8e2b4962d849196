/** What a session offers at its present step: to go to the issuer, to make or use a passkey, to pay; and what the page shows of it. */
import type { AccountReferences, Display, Offer, PayOffer, VerifyOffer } from '@payment-passkeys/protocol';
import { lookupIndexes, unsealAccounts } from '../accounts/account-vault.ts';
import type { Fault } from '../http/errors.ts';
import type { Network } from '../network.ts';
import { findPasskeys, type Passkey } from '../passkeys/store.ts';
import { stepOf } from '../sessions/session.ts';
import type { Session } from '../sessions/store.ts';
import { findVerifyingIssuer } from '../verification/issuer.ts';
import { buildDisplay, buildOffers, buildPayOffer } from './offer.ts';

export type Offers = (Offer & { readonly alternative?: Offer }) | PayOffer | VerifyOffer;

/** A fault where there is nothing left to offer. */
export async function planOffers(
  session: Session,
  visit: {
    readonly deviceId: string | undefined;
    readonly challenge: Buffer;
    readonly userHandle: Buffer;
    readonly now: Date;
  },
  network: Network,
): Promise<Offers | Fault> {
  const { policy } = network;
  const { challenge, userHandle } = visit;
  switch (stepOf(session)) {
    case 'VERIFY': {
      const issuer = await findVerifyingIssuer(session, network);
      if (issuer === undefined) return { code: 'ACCOUNT_NOT_ELIGIBLE' };
      return { scenario: 'VERIFY', documents: network.config.documents, issuerName: issuer.name };
    }
    case 'PAY': {
      const passkeys = await findCardPasskeys(session, network, visit.now);
      // Suspended, deleted or grown idle since the session was made.
      return passkeys.length === 0 ? { code: 'ACCESS_DENIED' } : buildPayOffer({ policy, challenge, passkeys });
    }
    case 'PASSKEY': {
      const accounts = readAccounts(session, network);
      if (accounts === undefined) return { code: 'ACCESS_DENIED' };
      const passkeys = await findSessionPasskeys(session, { accounts, ...visit }, network);
      const creation = { policy: network.policyFor(session.attestation), passkeys, accounts, challenge, userHandle };
      const { offer, alternative } = buildOffers(creation);
      return { ...offer, ...(alternative && { alternative }) };
    }
  }
}

/** The live passkeys that may approve a payment: bound to its card, by whichever client. An e-mail address is no card. */
export async function findCardPasskeys(session: Session, network: Network, now: Date): Promise<readonly Passkey[]> {
  if (session.cardIndex === null) throw new Error("A payment's session has a card.");
  const accounts = readAccounts(session, network);
  const ofCard = accounts && lookupIndexes({ cards: accounts.cards }, network.keys.current().vault);
  const search = { deviceId: undefined, accountIndexes: ofCard ?? [session.cardIndex], now };
  return findPasskeys(network.pool, search);
}

/**
 * The live passkeys that the session may use or has to exclude: its device's, and its accounts'. In a merchant's session nobody has verified
 * more than the card, so that an e-mail address, which anybody may type in, tells nothing about its owner's passkeys.
 */
export async function findSessionPasskeys(
  session: Session,
  visit: { readonly accounts: AccountReferences; readonly deviceId: string | undefined; readonly now: Date },
  network: Network,
): Promise<readonly Passkey[]> {
  const { accounts, deviceId, now } = visit;
  const verified = session.reason === 'ACCOUNT_LOGIN' ? accounts : { cards: accounts.cards };
  const accountIndexes = lookupIndexes(verified, network.keys.current().vault);
  return findPasskeys(network.pool, { deviceId, accountIndexes, now });
}

/** Undefined where they are gone, or were never given. */
export function readAccounts({ accounts, sessionId }: Session, network: Network): AccountReferences | undefined {
  return accounts === null ? undefined : unsealAccounts(accounts, network.keys.current().vault, sessionId);
}

/** Masked. Of a payment the card alone, and what is to be paid. */
export function describeSession(session: Session, locale: string, network: Network): Display {
  const { payment, cardLastFour } = session;
  if (payment === null)
    return buildDisplay(session.clientName, readAccounts(session, network) ?? { cards: [] }, locale);
  const { merchantName, amount, currency } = payment;
  return {
    clientName: merchantName,
    accounts: [{ kind: 'CARD', masked: `•••• ${cardLastFour}` }],
    locale,
    payment: { merchantName, amount, currency },
  };
}
