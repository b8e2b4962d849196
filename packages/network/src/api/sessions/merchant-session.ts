/** A merchant's sessions: a passkey made at the shop (contract §11), and a payment to approve (§9). */
import {
  type AccountReferences,
  brandOf,
  type Card,
  canonicalPan,
  type InstrumentSessionInfo,
  lastFour,
  type NextStep,
  type Transaction,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import {
  indexAccounts,
  indexSession,
  lookupIndexes,
  type SessionIndexes,
  sealAccounts,
  type VaultKeys,
} from '../../domain/accounts/account-vault.ts';
import { findCardOfBinding } from '../../domain/bindings/store.ts';
import { type Client, findIssuerOfCard } from '../../domain/clients/store.ts';
import { findPasskeys, type Passkey } from '../../domain/passkeys/store.ts';
import { buildConfirmationOffer, planConfirmation } from '../../domain/payment-confirmation/confirmation.ts';
import { isOptedOut } from '../../domain/payment-confirmation/opt-out.ts';
import { findMerchantIneligibilities } from '../../domain/sessions/eligibility.ts';
import type { Payment, SessionCard } from '../../domain/sessions/store.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { type Draft, type DraftContext, refuseIneligible } from './draft.ts';
import { INFO_POINTER } from './info.ts';

/** Throws {@link ServiceError}: ACCOUNT_NOT_ELIGIBLE when the card's issuer does not take part. */
export async function draftInstrumentSession(info: InstrumentSessionInfo, context: DraftContext): Promise<Draft> {
  const { client, network, sessionId, now } = context;
  refuseIneligible(findMerchantIneligibilities(info, { mode: network.config.mode, ...client, now }));
  const card = onlyCard(info.accountReferences);
  const issuer = await findIssuerOfCard(network.pool, canonicalPan(card.primaryAccountNumber));
  if (!takesPart(issuer)) {
    const pointer = `${INFO_POINTER}/accountReferences/cards/0/primaryAccountNumber`;
    throw new ServiceError({ code: 'ACCOUNT_NOT_ELIGIBLE', pointer });
  }
  const { vault } = network.keys.current();
  return {
    session: {
      accounts: sealAccounts(info.accountReferences, vault, sessionId),
      indexes: indexSession(info.accountReferences, vault),
      searchIndexes: indexContacts(info.accountReferences, vault),
      card: describeCard(card, issuer, vault),
    },
  };
}

/** Throws {@link ServiceError}: BINDING_NOT_FOUND when the binding is not this client's. */
export async function draftTransactionSession(info: TransactionSessionInfo, context: DraftContext): Promise<Draft> {
  const { client, network } = context;
  refuseIneligible(findMerchantIneligibilities(info, { mode: network.config.mode, ...client, now: context.now }));
  const situation =
    'bindingId' in info
      ? await lookUpBinding(info.bindingId, context)
      : await lookUpCard(info.accountReferences, context);
  const { card, nextStep, passkeys, accounts, indexes, contactIndexes, accountIndexes } = situation;
  const payment = readPayment(info.transaction);
  const wanted =
    nextStep === 'AUTHENTICATE' && !(await isOptedOut(network.pool, { clientId: client.clientId, accountIndexes }));
  const confirmation = wanted ? planConfirmation(passkeys) : undefined;
  const offer = confirmation && {
    securePaymentConfirmation: buildConfirmationOffer({
      rpId: network.config.rpId,
      confirmation,
      passkeys,
      payment,
      lastFour: card.lastFour,
    }),
  };
  return {
    session: {
      accounts,
      indexes,
      searchIndexes: contactIndexes,
      card,
      payment,
      nextStep,
      bindingId: 'bindingId' in info ? info.bindingId : undefined,
      confirmation,
    },
    answer: { nextStep, ...offer },
  };
}

/** What is known about the card of a payment. */
interface Situation {
  readonly card: SessionCard;
  readonly nextStep: NextStep;
  /** Live, and bound to the card by any client. */
  readonly passkeys: readonly Passkey[];
  readonly accounts: Buffer | undefined;
  readonly indexes: SessionIndexes | undefined;
  /** The indexes of the e-mail addresses and mobile numbers, by the key in use. */
  readonly contactIndexes: readonly Buffer[];
  /** The card's indexes, one for each key version. */
  readonly accountIndexes: readonly Buffer[];
}

const WITHOUT_ACCOUNTS = { accounts: undefined, indexes: undefined };

/**
 * Looks the card up by its number. Both queries always run: an unknown account and a suspended one give the same answer and cause the same
 * work (contract §9).
 */
async function lookUpCard(accounts: AccountReferences, context: DraftContext): Promise<Situation> {
  const { network, sessionId, now } = context;
  const card = onlyCard(accounts);
  const { vault } = network.keys.current();
  const issuer = await findIssuerOfCard(network.pool, canonicalPan(card.primaryAccountNumber));
  const accountIndexes = lookupIndexes({ cards: [card] }, vault);
  const { clientId } = context.client;
  const search = { deviceId: undefined, clientId, accountIndexes, purpose: 'PAYMENT', now } as const;
  const passkeys = await findPasskeys(network.pool, search);
  const nextStep = chooseNextStep(issuer, passkeys);
  const sealed = sealAccounts(accounts, vault, sessionId);
  return {
    card: describeCard(card, issuer, vault),
    nextStep,
    passkeys,
    // A STEP_UP session cannot be opened, so its account is not stored.
    ...(nextStep === 'STEP_UP' ? WITHOUT_ACCOUNTS : { accounts: sealed, indexes: indexSession(accounts, vault) }),
    contactIndexes: indexContacts(accounts, vault),
    accountIndexes,
  };
}

/**
 * Looks the card up by a binding. The network keeps its card only as a keyed hash, so it cannot ask the issuer about it: without a live
 * passkey, or with a suspended binding, the merchant must step up.
 */
async function lookUpBinding(bindingId: string, { client, network, now }: DraftContext): Promise<Situation> {
  const card = await findCardOfBinding(network.pool, { bindingId, clientId: client.clientId });
  if (card === undefined) throw new ServiceError({ code: 'BINDING_NOT_FOUND', pointer: `${INFO_POINTER}/bindingId` });
  const accountIndexes = [card.index];
  const { clientId } = client;
  const search = { deviceId: undefined, clientId, accountIndexes, purpose: 'PAYMENT', now } as const;
  const found = await findPasskeys(network.pool, search);
  const passkeys = card.issuerActive && !card.suspended ? found : [];
  const nextStep = passkeys.length > 0 ? 'AUTHENTICATE' : 'STEP_UP';
  return { card, nextStep, passkeys, ...WITHOUT_ACCOUNTS, contactIndexes: [], accountIndexes };
}

function chooseNextStep(issuer: Client | undefined, passkeys: readonly Passkey[]): NextStep {
  if (issuer === undefined) return 'STEP_UP';
  if (passkeys.length > 0) return 'AUTHENTICATE';
  return takesPart(issuer) ? 'REGISTER' : 'STEP_UP';
}

function takesPart(issuer: Client | undefined): issuer is Client {
  return issuer !== undefined && issuer.verification !== null;
}

function describeCard(card: Card, issuer: Client | undefined, vault: VaultKeys): SessionCard {
  const [account] = indexAccounts({ cards: [card] }, vault);
  if (account === undefined) throw new Error('A card has an index.');
  const { primaryAccountNumber } = card;
  return {
    index: account.index,
    lastFour: lastFour(canonicalPan(primaryAccountNumber)),
    brand: brandOf(canonicalPan(primaryAccountNumber)),
    issuerId: issuer?.clientId ?? null,
  };
}

function indexContacts({ emailAddresses, mobileNumbers }: AccountReferences, vault: VaultKeys): readonly Buffer[] {
  return indexAccounts({ emailAddresses, mobileNumbers }, vault).map(({ index }) => index);
}

function readPayment({ transactionAmount: amount, merchantName, merchantOrigin, orderId }: Transaction): Payment {
  const { transactionAmount, transactionCurrencyCode } = amount;
  return { merchantName, merchantOrigin, orderId, amount: transactionAmount, currency: transactionCurrencyCode };
}

function onlyCard({ cards: [card] }: AccountReferences): Card {
  if (card === undefined) throw new Error("A merchant's session has a card, by its schema.");
  return card;
}
