/** A binding's life, contract §12 to §15: search, suspension, resumption, deletion, and a replaced card. */
import Type, { type Static } from 'typebox';
import { CorrelationId, Text, Timestamp, Uuid } from './fields.ts';
import { Card, EmailAddress, EncryptedObject, MobileNumber } from './sessions.ts';
import { BindingId } from './transactions.ts';

/** Below the network's public URL. Each takes a signed POST. */
export const BINDING_SEARCHES_PATH = '/authentication/bindings/searches';
export const BINDING_STATUS_UPDATES_PATH = '/authentication/bindings/statusupdates';
export const ACCOUNT_REPLACEMENTS_PATH = '/authentication/accounts/replacements';

/** Who suspends, resumes, deletes or activates. Each adds and removes only its own suspension. */
export const ACTORS = ['ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK'] as const;
/** An issuer, a merchant, the cardholder, or the network's operator. */
export type Actor = (typeof ACTORS)[number];

/**
 * No payment is approved with a binding that is not ACTIVE. PENDING_ACTIVATION: the card's issuer has not activated it yet; it may be suspended as
 * well. SUSPENDED: somebody has suspended it.
 */
export const BINDING_STATUSES = ['ACTIVE', 'PENDING_ACTIVATION', 'SUSPENDED', 'DELETED'] as const;
/** The status of a binding. */
export type BindingStatus = (typeof BINDING_STATUSES)[number];

/** ACTIVATE: only the card's issuer may. */
export const BINDING_ACTIONS = ['SUSPEND', 'RESUME', 'DELETE', 'ACTIVATE'] as const;
export type BindingAction = (typeof BINDING_ACTIONS)[number];

/** Why a binding is suspended, resumed, deleted or activated. */
export const BINDING_REASON_CODES = [
  'DEVICE_LOST',
  'DEVICE_STOLEN',
  'FRAUD_SUSPECTED',
  'CARDHOLDER_REQUEST',
  'ACCOUNT_CLOSED',
  'CLIENT_DECISION',
] as const;
/** Why a binding is suspended, resumed, deleted or activated. */
export type BindingReasonCode = (typeof BINDING_REASON_CODES)[number];

export const ACCOUNT_TYPES = ['CARD', 'EMAIL', 'MOBILE'] as const;
/** A kind of account: card number, e-mail address, mobile number. */
export type AccountType = (typeof ACCOUNT_TYPES)[number];

/** The `credentialId` of the Authenticators API: the network's id of a passkey. */
export const PasskeyId = Text(64);

/** One account. Exactly one member must be present: the schema does not check that, the network does. */
export const AccountReference = Type.Object({
  primaryAccountNumber: Type.Optional(Card.properties.primaryAccountNumber),
  emailAddress: Type.Optional(EmailAddress),
  mobileNumber: Type.Optional(MobileNumber),
});
export type AccountReference = Static<typeof AccountReference>;

const Encrypted = EncryptedObject.properties.encryptedData;

/**
 * Finds the bindings that the caller may act on. Exactly one of `encryptedData`, `bindingId` and `credentialId` must be present: the schema
 * does not check that, the network does.
 */
export const BindingSearch = Type.Object({
  /** A compact JWE of a {@link BindingSearchInfo}. */
  encryptedData: Type.Optional(Encrypted),
  bindingId: Type.Optional(BindingId),
  credentialId: Type.Optional(PasskeyId),
  srcCorrelationId: Type.Optional(CorrelationId),
});
export type BindingSearch = Static<typeof BindingSearch>;

/** The decrypted part of a {@link BindingSearch}. */
export const BindingSearchInfo = Type.Object({ accountReference: AccountReference });
export type BindingSearchInfo = Static<typeof BindingSearchInfo>;

/** TRUSTED: a chain of certificates proves the model. UNTRUSTED: no chain does. NONE: the authenticator gave no attestation. */
export const ATTESTATION_VERDICTS = ['TRUSTED', 'UNTRUSTED', 'NONE'] as const;
/** What the attestation proves: TRUSTED (the model), UNTRUSTED (nothing), NONE (there is none). */
export type AttestationVerdict = (typeof ATTESTATION_VERDICTS)[number];

/** What is known of the authenticator that holds a passkey. */
export const AuthenticatorFacts = Type.Object({
  /** The model's id, as the authenticator claims it. */
  aaguid: Uuid,
  /** The model's name in the FIDO metadata. Only if the attestation proves the model, and the network's metadata has it. */
  model: Type.Optional(Text(300)),
  /** True for a passkey that may be copied to other devices of its owner (a synced passkey). */
  backupEligible: Type.Boolean(),
  /** Whether it was backed up when it was last used. */
  backedUp: Type.Boolean(),
  attestation: Type.Enum(ATTESTATION_VERDICTS),
});
export type AuthenticatorFacts = Static<typeof AuthenticatorFacts>;

/** The client that holds a binding. */
export const BindingHolder = Type.Object({
  role: Type.Union([Type.Literal('issuer'), Type.Literal('merchant')]),
  name: Text(100),
});
export type BindingHolder = Static<typeof BindingHolder>;

/** A browser or device that has used the passkey. */
export const PasskeyDevice = Type.Object({ appInstanceId: Text(64), firstUsedAt: Timestamp, lastUsedAt: Timestamp });
export type PasskeyDevice = Static<typeof PasskeyDevice>;

/** A binding, as a search answers it. */
export const BindingReport = Type.Object({
  bindingId: BindingId,
  credentialId: PasskeyId,
  status: Type.Enum(BINDING_STATUSES),
  suspendedBy: Type.Array(Type.Enum(ACTORS), { maxItems: ACTORS.length }),
  /** The kinds of accounts that the binding stands for, or stood for until it was deleted. */
  accountTypes: Type.Array(Type.Enum(ACCOUNT_TYPES), { maxItems: ACCOUNT_TYPES.length }),
  /** Only for a merchant's binding, which is for one card. */
  panLastFour: Type.Optional(Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 })),
  heldBy: BindingHolder,
  createdAt: Timestamp,
  /** When a payment was last approved with it. */
  lastUsedAt: Type.Optional(Timestamp),
  /** Absent if the passkey itself was deleted. */
  authenticator: Type.Optional(AuthenticatorFacts),
  devices: Type.Array(PasskeyDevice, { maxItems: 100 }),
});
export type BindingReport = Static<typeof BindingReport>;

/** The most bindings of one answer. */
export const MAX_BINDINGS = 100;

/** The bindings that were found, the one used last first. */
export const BindingSearchAnswer = Type.Object({
  bindings: Type.Array(BindingReport, { maxItems: MAX_BINDINGS }),
  srcCorrelationId: CorrelationId,
});
export type BindingSearchAnswer = Static<typeof BindingSearchAnswer>;

/**
 * Suspends, resumes, deletes or activates. Exactly one of `encryptedData` and `bindingId` must be present: the schema does not check that, the
 * network does.
 */
export const StatusUpdate = Type.Object({
  /** A compact JWE of a {@link StatusUpdateInfo}. */
  encryptedData: Type.Optional(Encrypted),
  bindingId: Type.Optional(BindingId),
  action: Type.Enum(BINDING_ACTIONS),
  reasonCode: Type.Enum(BINDING_REASON_CODES),
  srcCorrelationId: Type.Optional(CorrelationId),
});
export type StatusUpdate = Static<typeof StatusUpdate>;

/** The decrypted part of a {@link StatusUpdate}: every binding of the account that the caller may act on, or only those of one passkey. */
export const StatusUpdateInfo = Type.Object({
  accountReference: AccountReference,
  credentialId: Type.Optional(PasskeyId),
});
export type StatusUpdateInfo = Static<typeof StatusUpdateInfo>;

/** A binding after a status update. */
export const BindingState = Type.Object({
  bindingId: BindingId,
  status: Type.Enum(BINDING_STATUSES),
  suspendedBy: Type.Array(Type.Enum(ACTORS), { maxItems: ACTORS.length }),
});
export type BindingState = Static<typeof BindingState>;

/** The same update again gets the same answer. */
export const StatusUpdateAnswer = Type.Object({
  bindings: Type.Array(BindingState),
  /** Only if the request has one. */
  srcCorrelationId: Type.Optional(CorrelationId),
});
export type StatusUpdateAnswer = Static<typeof StatusUpdateAnswer>;

/** An issuer's card is replaced by another. `encryptedData` is a compact JWE of a {@link ReplacementInfo}. */
export const ReplacementRequest = Type.Object({ encryptedData: Encrypted });
export type ReplacementRequest = Static<typeof ReplacementRequest>;

const { primaryAccountNumber, panExpirationMonth, panExpirationYear } = Card.properties;

/** The decrypted part of a {@link ReplacementRequest}. */
export const ReplacementInfo = Type.Object({
  from: Type.Object({ primaryAccountNumber }),
  to: Type.Object({ primaryAccountNumber, panExpirationMonth, panExpirationYear }),
});
export type ReplacementInfo = Static<typeof ReplacementInfo>;

/** How many bindings were moved to the new card. The same replacement again gets the same number. */
export const ReplacementAnswer = Type.Object({ bindings: Type.Integer({ minimum: 0 }) });
export type ReplacementAnswer = Static<typeof ReplacementAnswer>;
