/** A merchant's sessions, contract §9 and §11: a payment to approve, or a card to make a passkey for. */
import Type, { type Static } from 'typebox';
import { Text } from './fields.ts';
import { LocaleHint } from './language-tag.ts';
import { Card, EmailAddress, MobileNumber } from './sessions.ts';

/** An origin in the form of `URL.origin`: `https://shop.example`. `http` only for localhost and names that end with `.localhost`. */
export const WebOrigin = Type.String({
  pattern: '^(https://[a-z0-9.-]+|http://([a-z0-9-]+\\.)*localhost)(:[0-9]{1,5})?$',
  maxLength: 260,
});

/** Whether an origin is spelt as browsers spell it: without a default port, for example. */
export function isExactOrigin(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === origin;
}

/** The name that cardholders see. */
export const MerchantName = Text(100);

/** A name in Unicode NFC, the form in which names are stored and compared: a composed and a decomposed letter look the same. */
export function normalName(name: string): string {
  return name.normalize('NFC');
}

/** The merchant's id of an order, unique for the merchant: printable ASCII without spaces. */
export const OrderId = Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$', maxLength: 64 });

/** The network's id of a binding. */
export const BindingId = Text(64);

/** A decimal, as every message of the network writes it. `isAmountOf` of currencies.ts checks that it has the currency's number of digits. */
export const Amount = Type.String({ pattern: '^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,3})?$', maxLength: 16 });
export const CurrencyCode = Type.String({ pattern: '^[A-Z]{3}$', maxLength: 3 });

/**
 * The acquirer's and the merchant's ids, as requests of 3-D Secure and of an authorisation have them. The network checks their form, keeps them with
 * the payment, and shows them in the event of its approval; nothing depends on them. The names are seen in unofficial typings of the real network
 * (docs/moving-to-mastercard.md).
 */
export const AcquirerData = Type.Object({
  /** The merchant's id at its acquirer: printable ASCII. */
  acquirerMerchantId: Type.Optional(
    Type.String({ pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]{0,33}[\\x21-\\x7e])?$', maxLength: 35 }),
  ),
  acquirerBIN: Type.Optional(Type.String({ pattern: '^[0-9]{6,11}$', maxLength: 11 })),
  /** ISO 18245. */
  merchantCategoryCode: Type.Optional(Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 })),
  /** ISO 3166-1: two letters (`US`) or three digits (`840`). Kept as it is given. */
  merchantCountryCode: Type.Optional(Type.String({ pattern: '^([A-Z]{2}|[0-9]{3})$', maxLength: 3 })),
});
export type AcquirerData = Static<typeof AcquirerData>;

/** The payment that the cardholder is asked to approve. */
export const Transaction = Type.Object({
  transactionAmount: Type.Object({
    /** A number is accepted if it is exact in the currency's digits (`amountText` of currencies.ts). */
    transactionAmount: Type.Union([Amount, Type.Number()]),
    transactionCurrencyCode: CurrencyCode,
  }),
  /** Name and origin are required, unless the session names a `merchantId`: then they are those of its registration. */
  merchantName: Type.Optional(MerchantName),
  merchantOrigin: Type.Optional(WebOrigin),
  orderId: OrderId,
  ...AcquirerData.properties,
});
export type Transaction = Static<typeof Transaction>;

/** One card. An e-mail address and a mobile number help to find passkeys. */
const OneCard = Type.Object({
  cards: Type.Array(Card, { minItems: 1, maxItems: 1 }),
  emailAddresses: Type.Optional(Type.Array(EmailAddress, { maxItems: 1 })),
  mobileNumbers: Type.Optional(Type.Array(MobileNumber, { maxItems: 1 })),
});

/** For a session with a `bindingId`, which names the card. */
const NoCard = Type.Object({
  emailAddresses: Type.Optional(Type.Array(EmailAddress, { maxItems: 1 })),
  mobileNumbers: Type.Optional(Type.Array(MobileNumber, { maxItems: 1 })),
});

const MerchantSession = {
  /** A merchant gives the callback here or in the launch URL. */
  callbackUri: Type.Optional(Text(2048)),
  locale: Type.Optional(LocaleHint),
};

/** The decrypted part of an ENROL_FINANCIAL_INSTRUMENT session. */
export const InstrumentSessionInfo = Type.Object({ accountReferences: OneCard, ...MerchantSession });
export type InstrumentSessionInfo = Static<typeof InstrumentSessionInfo>;

/** The decrypted part of a TRANSACTION_AUTHENTICATION session that names the card by its number. */
export const CardTransactionInfo = Type.Object({
  accountReferences: OneCard,
  transaction: Transaction,
  ...MerchantSession,
});
export type CardTransactionInfo = Static<typeof CardTransactionInfo>;

/** The decrypted part of a TRANSACTION_AUTHENTICATION session that names the card by the client's binding. */
export const BindingTransactionInfo = Type.Object({
  bindingId: BindingId,
  accountReferences: Type.Optional(NoCard),
  transaction: Transaction,
  ...MerchantSession,
});
export type BindingTransactionInfo = Static<typeof BindingTransactionInfo>;

/** The decrypted part of a TRANSACTION_AUTHENTICATION session. */
export type TransactionSessionInfo = CardTransactionInfo | BindingTransactionInfo;

/**
 * For each reason, the fields that belong to another reason. They are refused and not ignored, because the caller is wrong about the reason
 * (contract §1).
 */
export const REFUSED_FIELDS = {
  ACCOUNT_LOGIN: ['transaction', 'bindingId'],
  ENROL_FINANCIAL_INSTRUMENT: ['cardholderVerification', 'transaction', 'bindingId'],
  TRANSACTION_AUTHENTICATION: ['cardholderVerification'],
} as const;

/** What the merchant does next: send the cardholder to approve with a passkey, have one made, or fall back to 3-D Secure. */
export const NEXT_STEPS = ['AUTHENTICATE', 'REGISTER', 'STEP_UP'] as const;
export type NextStep = (typeof NEXT_STEPS)[number];
