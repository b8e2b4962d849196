/** What a session offers at its present step (go to the issuer, make or use a passkey, pay), and what the page shows of it. */
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
import type { OfferName } from '@payment-passkeys/protocol/console';
import type { Passkey, PasskeySearch } from '../../domain/passkeys/store.ts';
import { offersIssuer, stepOf } from '../../domain/sessions/session.ts';
import { deviceHasPasskey, searchOfCard, searchOfSession } from '../../domain/sessions/session-accounts.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { findVerifyingIssuer, type VerifyingIssuer } from '../../domain/verification/issuer.ts';
import type { Network } from '../../network.ts';
import type { Fault } from '../../platform/errors/errors.ts';
import { buildDisplay, buildOffers, buildPayOffer } from './offer.ts';

export type Offers = (Offer | PayOffer | VerifyOffer) & { readonly alternative?: Alternative };

type PlanDependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'policy' | 'policyFor'>;

export interface OpeningPlan {
  /** Finds the passkeys that the offers are made from. */
  readonly search: PasskeySearch;
  /** Whether there is nothing to offer without a passkey of the accounts. */
  readonly needsPasskey: boolean;
  /** What is offered; undefined if it depends on the passkeys that are found: to create one, or to use one. */
  readonly offers: OfferName | undefined;
  readonly offer: (passkeys: readonly Passkey[]) => Offers | Promise<Offers>;
}

export type PlanResult =
  | { readonly outcome: 'PLANNED'; readonly plan: OpeningPlan }
  /** There is nothing to offer. */
  | { readonly outcome: 'REFUSED'; readonly fault: Fault };

/** `accounts` are the session's. */
export async function planOpening(
  session: Session,
  visit: {
    readonly accounts: AccountReferences | undefined;
    readonly deviceId: string | undefined;
    readonly challenge: Buffer;
    readonly userHandle: Buffer;
    readonly now: Date;
  },
  network: PlanDependencies,
): Promise<PlanResult> {
  const { policy } = network;
  const { vault } = network.keys.current();
  const { accounts, challenge, userHandle, now } = visit;
  switch (stepOf(session)) {
    case 'VERIFY': {
      const issuer = await findVerifyingIssuer(network.pool, session);
      if (issuer === undefined) return refuse({ code: 'ACCOUNT_NOT_ELIGIBLE' });
      return planned({
        search: { deviceId: undefined, clientId: session.clientId, accountIndexes: [], purpose: 'PAYMENT', now },
        needsPasskey: false,
        offers: 'VERIFY',
        offer: () => buildVerifyOffer(issuer, network),
      });
    }
    case 'PAY':
      return planned({
        search: { ...searchOfCard(session, { accounts, now }, vault), deviceId: visit.deviceId },
        // The passkeys may have been suspended, deleted or become idle since the session was made.
        needsPasskey: true,
        offers: 'PAY',
        offer: async (found) => {
          const passkeys = found.filter(({ ofAccounts }) => ofAccounts);
          const instead = accounts && !deviceHasPasskey(passkeys) && (await offerIssuer(session, network));
          return { ...buildPayOffer({ policy, challenge, passkeys }), ...(instead && { alternative: instead }) };
        },
      });
    case 'PASSKEY': {
      if (accounts === undefined) return refuse({ code: 'ACCESS_DENIED' });
      const creation = { policy: network.policyFor(session.attestation), accounts, challenge, userHandle };
      return planned({
        search: searchOfSession(session, { ...visit, accounts }, vault),
        needsPasskey: false,
        offers: undefined,
        offer: (passkeys) => {
          const { offer, alternative } = buildOffers({ ...creation, passkeys });
          return { ...offer, ...(alternative && { alternative }) };
        },
      });
    }
  }
}

const planned = (plan: OpeningPlan): PlanResult => ({ outcome: 'PLANNED', plan });
const refuse = (fault: Fault): PlanResult => ({ outcome: 'REFUSED', fault });

/** "Confirm with your bank instead": undefined when the session does not offer it, or the card's issuer does not take part. */
async function offerIssuer(
  session: Session,
  network: Pick<PlanDependencies, 'config' | 'pool'>,
): Promise<VerifyOffer | undefined> {
  const issuer = offersIssuer(session) ? await findVerifyingIssuer(network.pool, session) : undefined;
  return issuer && buildVerifyOffer(issuer, network);
}

function buildVerifyOffer({ name }: VerifyingIssuer, { config }: Pick<PlanDependencies, 'config'>): VerifyOffer {
  return { scenario: 'VERIFY', documents: config.documents, issuerName: name };
}

/**
 * What the page shows of the session; accounts are masked. For a payment: only the card, with brand and issuer, the amount and the
 * merchant.
 */
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
