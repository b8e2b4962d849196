/** Sessions API, contract §1: `POST /authentication/sessions`. */
import Type, { type Static } from 'typebox';
import { ComplianceSettings } from './compliance.ts';
import { ClientId, CorrelationId, Country, MerchantId, SessionId, Text, Timestamp, Uuid } from './fields.ts';
import { LanguageTag, LocaleHint } from './language-tag.ts';

/** Below the network's public URL. */
export const SESSIONS_PATH = '/authentication/sessions';

/** What a session is for: an enrolment by an issuer, a passkey made at a shop, a payment. */
export const AUTHENTICATION_REASONS = [
  'ACCOUNT_LOGIN',
  'ENROL_FINANCIAL_INSTRUMENT',
  'TRANSACTION_AUTHENTICATION',
] as const;
export type AuthenticationReason = (typeof AUTHENTICATION_REASONS)[number];

/** `{ "encryptedData": "<compact JWE>" }`, in the form of Mastercard's client libraries. */
export const EncryptedObject = Type.Object({
  encryptedData: Type.String({ minLength: 1, maxLength: 48 * 1024 }),
});
export type EncryptedObject = Static<typeof EncryptedObject>;

/** The body of a Sessions call. Its encrypted part is `SrcSessionInitiationRequestInfo` or one of transactions.ts. */
export const SessionRequest = Type.Object({
  clientSessionId: Type.Optional(Uuid),
  srcCorrelationId: Type.Optional(CorrelationId),
  authenticationReasons: Type.Optional(Type.Array(Type.Enum(AUTHENTICATION_REASONS), { minItems: 1, maxItems: 1 })),
  /** The merchant that a payment service provider acts for: required in its sessions, refused in those of others. */
  merchantId: Type.Optional(MerchantId),
  srcSessionInitiationRequestInfo: EncryptedObject,
});
export type SessionRequest = Static<typeof SessionRequest>;

/** A card. Its number is digits only. */
export const Card = Type.Object({
  primaryAccountNumber: Type.String({ pattern: '^[0-9]{9,19}$', maxLength: 19 }),
  panExpirationMonth: Type.String({ pattern: '^(0[1-9]|1[0-2])$', maxLength: 2 }),
  panExpirationYear: Type.String({ pattern: '^20[0-9]{2}$', maxLength: 4 }),
  cardholderFullName: Type.Optional(Text(100)),
});
export type Card = Static<typeof Card>;

/** E.164, in two parts and without `+`. */
export const MobileNumber = Type.Object({
  countryCode: Type.String({ pattern: '^[1-9][0-9]{0,3}$', maxLength: 4 }),
  phoneNumber: Type.String({ pattern: '^[0-9]{4,14}$', maxLength: 14 }),
});
/** A mobile number: country code and national number, digits only. */
export type MobileNumber = Static<typeof MobileNumber>;

/** One `@` with something before and after it. */
export const EmailAddress = Type.String({ pattern: '^\\s*[^\\s@]+@[^\\s@]+\\s*$', maxLength: 254 });

/** At least one card, and at most `MAX_ACCOUNTS` accounts in all. The schema cannot check the total: see `countAccounts`. */
export const AccountReferences = Type.Object({
  cards: Type.Array(Card, { minItems: 1, maxItems: 20 }),
  emailAddresses: Type.Optional(Type.Array(EmailAddress, { maxItems: 20 })),
  mobileNumbers: Type.Optional(Type.Array(MobileNumber, { maxItems: 20 })),
});
export type AccountReferences = Static<typeof AccountReferences>;

/** The maximum of cards, e-mail addresses and mobile numbers together. */
export const MAX_ACCOUNTS = 20;

/** The number of cards, e-mail addresses and mobile numbers together. */
export function countAccounts(accounts: AccountReferences): number {
  return accounts.cards.length + (accounts.emailAddresses?.length ?? 0) + (accounts.mobileNumbers?.length ?? 0);
}

/** The ways in which an issuer may verify a cardholder. */
export const VERIFICATION_METHODS = ['ISSUER_LOGIN', 'OTP', '3DS', 'BRANCH'] as const;

/** How and when the issuer verified the cardholder: at most FRESHNESS_SECONDS ago. */
export const CardholderVerification = Type.Object({
  method: Type.Enum(VERIFICATION_METHODS),
  verifiedAt: Timestamp,
});
/** How and when the issuer verified the cardholder. */
export type CardholderVerification = Static<typeof CardholderVerification>;

/** For which country, in which language and when the cardholder agreed: at most FRESHNESS_SECONDS ago. */
export const Consent = Type.Object({ country: Country, language: LanguageTag, acceptedAt: Timestamp });
/** What the cardholder agreed to, where, in which language and when. */
export type Consent = Static<typeof Consent>;

/** The decrypted part of an ACCOUNT_LOGIN session. {@link checkCallbackUri} checks the callback. */
export const SrcSessionInitiationRequestInfo = Type.Object({
  accountReferences: AccountReferences,
  cardholderVerification: CardholderVerification,
  consent: Consent,
  complianceSettings: Type.Optional(ComplianceSettings),
  callbackUri: Type.Optional(Text(2048)),
  locale: Type.Optional(LocaleHint),
});
export type SrcSessionInitiationRequestInfo = Static<typeof SrcSessionInitiationRequestInfo>;

/** The answer of a Sessions call. A payment's has more: see {@link PaymentSessionAnswer}. */
export const SessionAnswer = Type.Object({
  authenticationSessionId: SessionId,
  clientSessionId: Uuid,
  uri: Text(4096),
  expiresAt: Timestamp,
  srcCorrelationId: CorrelationId,
});
export type SessionAnswer = Static<typeof SessionAnswer>;

/** The ids in a session's launch URL. */
export const SessionHandles = Type.Object({
  clientId: ClientId,
  authenticationSessionId: SessionId,
  clientSessionId: Uuid,
});
export type SessionHandles = Static<typeof SessionHandles>;
