/** A merchant's sessions, contract §9 and §11: a payment to approve, and a card to make a passkey for. */
import Type, { type Static } from 'typebox';
import { Text } from './fields.ts';
import { LocaleHint } from './language-tag.ts';
import { Card, EmailAddress, MobileNumber } from './sessions.ts';

/** `https://shop.example`, as `URL.origin` spells it; `http` for localhost and below alone. */
export const WebOrigin = Type.String({
  pattern: '^(https://[a-z0-9.-]+|http://([a-z0-9-]+\\.)*localhost)(:[0-9]{1,5})?$',
  maxLength: 260,
});

export const MerchantName = Text(100);

/** A name in the one form in which names are kept and compared, Unicode NFC: a composed and a decomposed letter look the same to everybody. */
export function normalName(name: string): string {
  return name.normalize('NFC');
}

/** Unique for the merchant; printable ASCII without spaces. */
export const OrderId = Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$', maxLength: 64 });

export const BindingId = Text(64);

/** A decimal with the currency's own number of digits; the schema bounds it, {@link isAmountOf} of currencies.ts judges it. */
const Amount = Type.String({ pattern: '^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,3})?$', maxLength: 16 });
const CurrencyCode = Type.String({ pattern: '^[A-Z]{3}$', maxLength: 3 });

export const Transaction = Type.Object({
  transactionAmount: Type.Object({ transactionAmount: Amount, transactionCurrencyCode: CurrencyCode }),
  merchantName: MerchantName,
  merchantOrigin: WebOrigin,
  orderId: OrderId,
});
export type Transaction = Static<typeof Transaction>;

/** One card, and at most one e-mail address and one mobile number to help find passkeys. */
const OneCard = Type.Object({
  cards: Type.Array(Card, { minItems: 1, maxItems: 1 }),
  emailAddresses: Type.Optional(Type.Array(EmailAddress, { maxItems: 1 })),
  mobileNumbers: Type.Optional(Type.Array(MobileNumber, { maxItems: 1 })),
});

/** Beside a `bindingId`, which stands for the card. */
const NoCard = Type.Object({
  emailAddresses: Type.Optional(Type.Array(EmailAddress, { maxItems: 1 })),
  mobileNumbers: Type.Optional(Type.Array(MobileNumber, { maxItems: 1 })),
});

const MerchantSession = {
  /** The way back is a payment's too: a merchant gives it with the session, or in the launch URL. */
  callbackUri: Type.Optional(Text(2048)),
  locale: Type.Optional(LocaleHint),
};

/** The decrypted object of an ENROL_FINANCIAL_INSTRUMENT session. */
export const InstrumentSessionInfo = Type.Object({ accountReferences: OneCard, ...MerchantSession });
export type InstrumentSessionInfo = Static<typeof InstrumentSessionInfo>;

/** The decrypted object of a TRANSACTION_AUTHENTICATION session whose card is given by its number. */
export const CardTransactionInfo = Type.Object({
  accountReferences: OneCard,
  transaction: Transaction,
  ...MerchantSession,
});
export type CardTransactionInfo = Static<typeof CardTransactionInfo>;

/** … or by the id that this client received when the card was bound, or paid with. */
export const BindingTransactionInfo = Type.Object({
  bindingId: BindingId,
  accountReferences: Type.Optional(NoCard),
  transaction: Transaction,
  ...MerchantSession,
});
export type BindingTransactionInfo = Static<typeof BindingTransactionInfo>;

export type TransactionSessionInfo = CardTransactionInfo | BindingTransactionInfo;

/** Fields that the schema would ignore, and whose sender is mistaken about the reason: they are refused (contract §1, table). */
export const REFUSED_FIELDS = {
  ACCOUNT_LOGIN: ['transaction', 'bindingId'],
  ENROL_FINANCIAL_INSTRUMENT: ['cardholderVerification', 'transaction', 'bindingId'],
  TRANSACTION_AUTHENTICATION: ['cardholderVerification'],
} as const;

/** What a merchant does next with a payment's session. */
export const NEXT_STEPS = ['AUTHENTICATE', 'REGISTER', 'STEP_UP'] as const;
export type NextStep = (typeof NEXT_STEPS)[number];
