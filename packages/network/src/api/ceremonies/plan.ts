/** What an opened session offers (go to the issuer, make or use a passkey, pay), and what the page shows of it. */
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
import type { OpenedSession } from '../../domain/ceremonies/opening.ts';
import { offersIssuer, stepOf } from '../../domain/sessions/session.ts';
import { deviceHasPasskey } from '../../domain/sessions/session-accounts.ts';
import type { Network } from '../../network.ts';
import { buildDisplay, buildOffers, buildPayOffer } from './offer.ts';

export type Offers = (Offer | PayOffer | VerifyOffer) & { readonly alternative?: Alternative };

interface Ceremony {
  /** The accounts of the session. */
  readonly accounts: AccountReferences | undefined;
  readonly challenge: Buffer;
  readonly userHandle: Buffer;
}

/** Expects that there is something to offer: the opening has checked it. */
export function planOffers(
  session: OpenedSession,
  { accounts, challenge, userHandle }: Ceremony,
  { policy, policyFor, config }: Pick<Network, 'config' | 'policy' | 'policyFor'>,
): Offers {
  const { passkeys, issuerName } = session;
  const verify = (): VerifyOffer => {
    if (issuerName === null) throw new Error('An issuer that verifies has a name.');
    return { scenario: 'VERIFY', documents: config.documents, issuerName };
  };
  switch (stepOf(session)) {
    case 'VERIFY':
      return verify();
    case 'PAY': {
      const ofCard = passkeys.filter(({ ofAccounts }) => ofAccounts);
      const offer = buildPayOffer({ policy, challenge, passkeys: ofCard });
      // "Confirm with your bank instead".
      const instead =
        accounts && !deviceHasPasskey(ofCard) && offersIssuer(session) && session.issuerVerifies && verify();
      return { ...offer, ...(instead && { alternative: instead }) };
    }
    case 'PASSKEY': {
      if (accounts === undefined) throw new Error('A passkey is made or used for accounts.');
      const creation = { policy: policyFor(session.attestation), accounts, challenge, userHandle };
      const { offer, alternative } = buildOffers({ ...creation, passkeys });
      return { ...offer, ...(alternative && { alternative }) };
    }
  }
}

/**
 * What the page shows of the session; accounts are masked. For a payment: only the card, with brand and issuer, the amount and the
 * merchant.
 */
export function describeSession(
  session: OpenedSession,
  accounts: AccountReferences | undefined,
  locale: string,
): Display {
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
