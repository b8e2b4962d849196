/** A merchant's sessions: a passkey made at the shop (contract §11), and a payment to approve (§9). */
import {
  type AccountReferences,
  amountText,
  brandOf,
  type Card,
  canonicalPan,
  type InstrumentSessionInfo,
  lastFour,
  type Transaction,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import {
  boundIndexes,
  indexSession,
  lookupIndexes,
  sealAccounts,
  type VaultKeys,
} from '../../domain/accounts/account-vault.ts';
import { rangesOf } from '../../domain/clients/store.ts';
import { buildConfirmationOffer, newConfirmationChallenge } from '../../domain/payment-confirmation/confirmation.ts';
import { findMerchantIneligibilities } from '../../domain/sessions/eligibility.ts';
import type { GivenPayment, NewCard, NewSession } from '../../domain/sessions/store.ts';
import { type Draft, type DraftContext, refuseIneligible } from './draft.ts';
import { INFO_POINTER } from './info.ts';

/** Throws {@link ServiceError} when the session is not eligible. */
export function draftInstrumentSession(info: InstrumentSessionInfo, context: DraftContext): Draft {
  const { client, network, now } = context;
  refuseIneligible(findMerchantIneligibilities(info, { ...client, mode: network.config.mode, now }));
  const pointer = `${INFO_POINTER}/accountReferences/cards/0/primaryAccountNumber`;
  // No card is found if its issuer does not take part.
  return { session: withCard(info.accountReferences, context), noCard: { code: 'ACCOUNT_NOT_ELIGIBLE', pointer } };
}

/** Throws {@link ServiceError} when the session is not eligible. */
export function draftTransactionSession(info: TransactionSessionInfo, context: DraftContext): Draft {
  const { client, network, now } = context;
  refuseIneligible(findMerchantIneligibilities(info, { ...client, mode: network.config.mode, now }));
  const payment = readPayment(info.transaction);
  const challenge = newConfirmationChallenge();
  const card: CardPart & { readonly bindingId?: string } =
    'bindingId' in info
      ? { bindingId: info.bindingId, card: { by: 'BINDING' }, searchIndexes: [] }
      : withCard(info.accountReferences, context);
  return {
    session: { ...card, payment, confirmationChallenge: challenge },
    // No card is found if the binding is not this merchant's.
    noCard: { code: 'BINDING_NOT_FOUND', pointer: `${INFO_POINTER}/bindingId` },
    answer: ({ nextStep, lastFour, credentialIds, bindingStatus }, merchant) => {
      if (nextStep === null) throw new Error('A payment has a next step.');
      if (credentialIds === null) return { nextStep, ...(bindingStatus !== null && { bindingStatus }) };
      const { merchantName, merchantOrigin } = { ...payment, ...merchant };
      if (merchantName === undefined || merchantOrigin === undefined)
        throw new Error('A stored payment has a merchant.');
      const shown = { ...payment, merchantName, merchantOrigin };
      const offer = { rpId: network.config.rpId, challenge, credentialIds, payment: shown, lastFour };
      return { nextStep, securePaymentConfirmation: buildConfirmationOffer(offer) };
    },
  };
}

type CardPart = Pick<NewSession, 'accounts' | 'indexes' | 'searchIndexes'> & { readonly card: NewCard };

function withCard(accounts: AccountReferences, { network, sessionId }: DraftContext): CardPart {
  const { vault } = network.keys.current();
  const indexes = indexSession(accounts, vault);
  const [index, ...contacts] = boundIndexes(indexes);
  const [card] = accounts.cards;
  if (card === undefined || index === undefined) throw new Error("A merchant's session has a card, by its schema.");
  return {
    accounts: sealAccounts(accounts, vault, sessionId),
    indexes,
    searchIndexes: contacts,
    card: describeCard(card, index, vault),
  };
}

function describeCard(card: Card, index: Buffer, vault: VaultKeys): NewCard {
  const pan = canonicalPan(card.primaryAccountNumber);
  const lookup = lookupIndexes({ cards: [card] }, vault);
  return { by: 'NUMBER', index, lookup, lastFour: lastFour(pan), brand: brandOf(pan), ranges: rangesOf(pan) };
}

function readPayment({ transactionAmount: amount, ...rest }: Transaction): GivenPayment {
  const { transactionAmount, transactionCurrencyCode: currency } = amount;
  return { ...rest, amount: amountText(transactionAmount, currency), currency };
}
