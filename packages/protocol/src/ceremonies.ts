/** What the hosted page and its back end say to each other, contract §2.1. JSON only, same origin. */
import Type, { type Static } from 'typebox';
import { ComplianceSettings } from './compliance.ts';
import { Text } from './fields.ts';
import { LanguageTag, LocaleHint } from './language-tag.ts';
import { END_REASONS } from './outcomes.ts';

export const OPEN_PATH = '/auth/passkeys/open';
export const RESULT_PATH = '/auth/passkeys/result';
export const CONSENT_PATH = '/auth/passkeys/consent';
export const END_PATH = '/auth/passkeys/end';

/**
 * Bounded strings only: whether the handles name a session is decided behind the schema, so that a page with a broken
 * address still learns where it may return to.
 */
export const OpenRequest = Type.Object({
  clientId: Type.Optional(Type.String({ maxLength: 256 })),
  authenticationSessionId: Type.Optional(Type.String({ maxLength: 256 })),
  clientSessionId: Type.Optional(Type.String({ maxLength: 256 })),
  callbackUri: Type.Optional(Type.String({ maxLength: 4096 })),
  /** As in the launch URL (base64url of JSON), or the object itself. */
  complianceSettings: Type.Optional(Type.Union([Type.String({ maxLength: 16 * 1024 }), ComplianceSettings])),
  /** The launch's; the session's own goes before it. */
  locale: Type.Optional(LocaleHint),
});
export type OpenRequest = Static<typeof OpenRequest>;

export const SCENARIOS = ['CREATE', 'USE', 'PAY', 'VERIFY'] as const;
/**
 * CREATE is scenario 2A of the public documentation, USE is 2B. PAY approves a payment (contract §9); VERIFY takes the consent and goes to
 * the card's issuer, before a passkey is made at a shop (§11).
 */
export type Scenario = (typeof SCENARIOS)[number];

const Base64Url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength });

const CredentialDescriptor = Type.Object({
  type: Type.Literal('public-key'),
  id: Base64Url(1400),
  transports: Type.Optional(Type.Array(Text(32), { maxItems: 8 })),
});

/** WebAuthn L3 PublicKeyCredentialCreationOptionsJSON, as contract §2 fixes it. */
export const CreationOptions = Type.Object({
  rp: Type.Object({ id: Text(253), name: Text(100) }),
  user: Type.Object({ id: Base64Url(64), name: Text(100), displayName: Text(100) }),
  challenge: Base64Url(64),
  pubKeyCredParams: Type.Array(Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() })),
  timeout: Type.Integer(),
  excludeCredentials: Type.Array(CredentialDescriptor),
  authenticatorSelection: Type.Object({
    authenticatorAttachment: Type.Literal('platform'),
    residentKey: Type.Literal('required'),
    requireResidentKey: Type.Literal(true),
    userVerification: Type.Literal('required'),
  }),
  attestation: Type.Union([Type.Literal('none'), Type.Literal('direct')]),
  extensions: Type.Object({
    credProps: Type.Literal(true),
    payment: Type.Object({ isPayment: Type.Literal(true) }),
  }),
});
export type CreationOptions = Static<typeof CreationOptions>;

/** WebAuthn L3 PublicKeyCredentialRequestOptionsJSON. */
export const RequestOptions = Type.Object({
  rpId: Text(253),
  challenge: Base64Url(64),
  timeout: Type.Integer(),
  userVerification: Type.Literal('required'),
  allowCredentials: Type.Array(CredentialDescriptor, { minItems: 1 }),
});
export type RequestOptions = Static<typeof RequestOptions>;

export const CreateOffer = Type.Object({ scenario: Type.Literal('CREATE'), options: CreationOptions });
export const UseOffer = Type.Object({ scenario: Type.Literal('USE'), options: RequestOptions });
export type CreateOffer = Static<typeof CreateOffer>;
export type UseOffer = Static<typeof UseOffer>;
export type Offer = CreateOffer | UseOffer;

/** Any live passkey of the account, on a recognised device or not. */
export const PayOffer = Type.Object({ scenario: Type.Literal('PAY'), options: RequestOptions });
export type PayOffer = Static<typeof PayOffer>;

/**
 * No WebAuthn yet: the terms are agreed to ({@link ConsentRequest}), and the issuer confirms the cardholder. Beside PAY, for a device that is
 * not known to hold a passkey of the card.
 */
export const VerifyOffer = Type.Object({
  scenario: Type.Literal('VERIFY'),
  /** What the cardholder agrees to. */
  documents: ComplianceSettings,
  /** Who will confirm that the card is theirs. */
  issuerName: Text(100),
});
export type VerifyOffer = Static<typeof VerifyOffer>;

export const Display = Type.Object({
  clientName: Text(100),
  /** Masked, in the order of the session: cards, e-mail addresses, mobile numbers. */
  accounts: Type.Array(
    Type.Object({
      kind: Type.Union([Type.Literal('CARD'), Type.Literal('EMAIL'), Type.Literal('MOBILE')]),
      masked: Text(100),
      /** Of a payment's card: what its brand calls itself, where it is known. */
      brand: Type.Optional(Text(40)),
      /** Of a payment's card: who issues it, where the issuer takes part. */
      issuerName: Type.Optional(Text(100)),
    }),
  ),
  locale: Text(35),
  /** Of a payment: what is to be approved. */
  payment: Type.Optional(
    Type.Object({
      merchantName: Text(100),
      /** The shop's web address, as an origin. */
      merchantOrigin: Text(253),
      orderId: Text(255),
      /** A decimal with the currency's own number of digits. */
      amount: Text(16),
      currency: Text(3),
    }),
  ),
});
export type Display = Static<typeof Display>;

/** The other scenario within the same session, where it is no dead end. */
export const Alternative = Type.Union([CreateOffer, UseOffer, PayOffer, VerifyOffer]);
export type Alternative = Static<typeof Alternative>;

export const OpenAnswer = Type.Intersect([
  Type.Union([CreateOffer, UseOffer, PayOffer, VerifyOffer]),
  Type.Object({
    /** Shares the offer's challenge. Beside PAY it is VERIFY: "Confirm with your bank instead". */
    alternative: Type.Optional(Alternative),
    /** The session's allowed callback, without a result. */
    returnTo: Text(2048),
    display: Display,
  }),
]);
export type OpenAnswer = Static<typeof OpenAnswer>;

/**
 * What a credential's JSON may hold besides what is signed. These are hints, and a hint does not refuse a credential: an unknown value,
 * an empty one, more values than there are kinds, and null are taken by the schema and dropped by the reader. Only the bounds are checked.
 */
const HINT = Type.String({ maxLength: 256 });
const HINTS = Type.Array(HINT, { maxItems: 64 });

const ResponseCommon = { clientDataJSON: Base64Url(8192) };
const CredentialCommon = {
  id: Base64Url(1400),
  rawId: Base64Url(1400),
  type: Type.Literal('public-key'),
  /** WebAuthn L3 §5.1: an unknown value is as null. */
  authenticatorAttachment: Type.Optional(Type.Union([HINT, Type.Null()])),
  clientExtensionResults: Type.Optional(Type.Union([Type.Object({}), Type.Null()])),
};

/** WebAuthn L3 RegistrationResponseJSON. */
export const RegistrationCredential = Type.Object({
  ...CredentialCommon,
  response: Type.Object({
    ...ResponseCommon,
    attestationObject: Base64Url(32 * 1024),
    transports: Type.Optional(Type.Union([HINTS, Type.Null()])),
  }),
});
export type RegistrationCredential = Static<typeof RegistrationCredential>;

/** WebAuthn L3 AuthenticationResponseJSON. */
export const AuthenticationCredential = Type.Object({
  ...CredentialCommon,
  response: Type.Object({
    ...ResponseCommon,
    authenticatorData: Base64Url(4096),
    signature: Base64Url(2048),
    /** Empty where an authenticator has none and says so with no bytes. */
    userHandle: Type.Optional(Type.Union([Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 128 }), Type.Null()])),
  }),
});
export type AuthenticationCredential = Static<typeof AuthenticationCredential>;

/**
 * The session that the page has open. A browser has one ceremony cookie, of the session opened last; a page that names another
 * is refused, so that two tabs do not end each other's session.
 */
const NAMED_SESSION = { authenticationSessionId: Type.Optional(Type.String({ maxLength: 256 })) };

export const ResultRequest = Type.Object({
  ...NAMED_SESSION,
  credential: Type.Union([RegistrationCredential, AuthenticationCredential]),
});
export type ResultRequest = Static<typeof ResultRequest>;

/** "Agree and continue" of VERIFY: what was shown, for the record. The network adds which documents those were. */
export const ConsentRequest = Type.Object({
  ...NAMED_SESSION,
  language: LanguageTag,
  /** The sentence above the button, as the cardholder read it. */
  statement: Text(1000),
});
export type ConsentRequest = Static<typeof ConsentRequest>;

export const EndRequest = Type.Object({ ...NAMED_SESSION, reason: Type.Enum(END_REASONS) });
export type EndRequest = Static<typeof EndRequest>;

/** Where the page goes next: the callback with its result. */
export const RedirectAnswer = Type.Object({ redirect: Text(8192) });
export type RedirectAnswer = Static<typeof RedirectAnswer>;

/** A passkey was made on the way to a payment: `open` again, and the payment is to be approved. */
export const ReopenAnswer = Type.Object({ reopen: Type.Literal(true) });

export const ResultAnswer = Type.Union([RedirectAnswer, ReopenAnswer]);
export type ResultAnswer = Static<typeof ResultAnswer>;
