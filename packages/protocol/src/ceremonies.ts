/** The messages between the hosted page and its back end, contract §2.1: JSON, same origin. */
import Type, { type Static } from 'typebox';
import { ComplianceSettings } from './compliance.ts';
import { Text } from './fields.ts';
import { LanguageTag, LocaleHint } from './language-tag.ts';
import { END_REASONS } from './outcomes.ts';

/** Takes an `OpenRequest`. Like the other paths, below the network's public URL. */
export const OPEN_PATH = '/auth/passkeys/open';
/** Takes a `ResultRequest`. */
export const RESULT_PATH = '/auth/passkeys/result';
/** Takes a {@link ConsentRequest}. */
export const CONSENT_PATH = '/auth/passkeys/consent';
/** Takes an `EndRequest`. */
export const END_PATH = '/auth/passkeys/end';
/** Takes a {@link ReturnAddressRequest}. */
export const RETURN_PATH = '/auth/passkeys/return';
/**
 * GET, for a browser without scripts: leads to the callback, with the reason UNKNOWN_ERROR. The parameter `launch` is a
 * {@link ReturnAddressRequest} as JSON in base64url.
 */
export const GO_BACK_PATH = '/auth/passkeys/back';

/**
 * Opens a session. The schema only bounds the strings. The network checks afterwards whether they name a session, so that its error answer
 * can still give the callback to a page with a broken launch URL.
 */
export const OpenRequest = Type.Object({
  clientId: Type.Optional(Type.String({ maxLength: 256 })),
  authenticationSessionId: Type.Optional(Type.String({ maxLength: 256 })),
  clientSessionId: Type.Optional(Type.String({ maxLength: 256 })),
  callbackUri: Type.Optional(Type.String({ maxLength: 4096 })),
  /** The form of the launch URL (base64url of JSON), or the object itself. */
  complianceSettings: Type.Optional(Type.Union([Type.String({ maxLength: 16 * 1024 }), ComplianceSettings])),
  /** The locale of the launch URL. The session's own locale has priority. */
  locale: Type.Optional(LocaleHint),
});
export type OpenRequest = Static<typeof OpenRequest>;

/** Asks for the address that the page may go back to, if the answer of `open` has not given it. */
export const ReturnAddressRequest = Type.Pick(OpenRequest, ['clientId', 'authenticationSessionId', 'callbackUri']);
export type ReturnAddressRequest = Static<typeof ReturnAddressRequest>;

/** `returnTo` is the callback without a result; absent if the network knows none. */
export const ReturnAddressAnswer = Type.Object({ returnTo: Type.Optional(Text(8192)) });
export type ReturnAddressAnswer = Static<typeof ReturnAddressAnswer>;

/** The actions that the page can ask a cardholder for. */
export const SCENARIOS = ['CREATE', 'USE', 'PAY', 'VERIFY'] as const;
/**
 * CREATE makes a passkey (2A in the public documentation), USE uses one (2B), PAY approves a payment (contract §9). VERIFY asks for consent and
 * sends the cardholder to the card's issuer, before a passkey is made at a shop (§11).
 */
export type Scenario = (typeof SCENARIOS)[number];

const Base64Url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength });

const CredentialDescriptor = Type.Object({
  type: Type.Literal('public-key'),
  id: Base64Url(1400),
  transports: Type.Optional(Type.Array(Text(32), { maxItems: 8 })),
});

/** PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1.9), with the values of contract §2. `timeout` is in milliseconds. */
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

/** PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 §5.1.10). `timeout` is in milliseconds. */
export const RequestOptions = Type.Object({
  rpId: Text(253),
  challenge: Base64Url(64),
  timeout: Type.Integer(),
  userVerification: Type.Literal('required'),
  allowCredentials: Type.Array(CredentialDescriptor, { minItems: 1 }),
});
export type RequestOptions = Static<typeof RequestOptions>;

/** Offers to make a passkey. */
export const CreateOffer = Type.Object({ scenario: Type.Literal('CREATE'), options: CreationOptions });
/** Offers to use a passkey of this device. */
export const UseOffer = Type.Object({ scenario: Type.Literal('USE'), options: RequestOptions });
export type CreateOffer = Static<typeof CreateOffer>;
export type UseOffer = Static<typeof UseOffer>;
/** An offer of an enrolment. */
export type Offer = CreateOffer | UseOffer;

/** Asks to approve a payment. `allowCredentials` has every live passkey of the account, whether the device is recognised or not. */
export const PayOffer = Type.Object({ scenario: Type.Literal('PAY'), options: RequestOptions });
export type PayOffer = Static<typeof PayOffer>;

/**
 * Asks the cardholder to agree to the terms ({@link ConsentRequest}); then the issuer confirms the cardholder. There is no WebAuthn call. It is
 * also the alternative to PAY on a device that is not known to have a passkey of the card.
 */
export const VerifyOffer = Type.Object({
  scenario: Type.Literal('VERIFY'),
  /** What the cardholder agrees to. */
  documents: ComplianceSettings,
  /** The issuer that confirms the cardholder. */
  issuerName: Text(100),
});
export type VerifyOffer = Static<typeof VerifyOffer>;

/** What the page shows. */
export const Display = Type.Object({
  clientName: Text(100),
  /** Masked, in the order of the session: cards, e-mail addresses, mobile numbers. */
  accounts: Type.Array(
    Type.Object({
      kind: Type.Union([Type.Literal('CARD'), Type.Literal('EMAIL'), Type.Literal('MOBILE')]),
      masked: Text(100),
      /** For a payment's card: the brand's name, if the brand is known. */
      brand: Type.Optional(Text(40)),
      /** For a payment's card: the issuer's name, if the issuer takes part. */
      issuerName: Type.Optional(Text(100)),
    }),
  ),
  locale: Text(35),
  /** The payment to approve. */
  payment: Type.Optional(
    Type.Object({
      merchantName: Text(100),
      /** The shop's web address, as an origin. */
      merchantOrigin: Text(253),
      orderId: Text(255),
      /** A decimal with the currency's number of digits: `12.34`. */
      amount: Text(16),
      currency: Text(3),
    }),
  ),
});
export type Display = Static<typeof Display>;

/** Another scenario that the cardholder may choose in the same session. */
export const Alternative = Type.Union([CreateOffer, UseOffer, PayOffer, VerifyOffer]);
export type Alternative = Static<typeof Alternative>;

/** The offer of an opened session. */
export const OpenAnswer = Type.Intersect([
  Type.Union([CreateOffer, UseOffer, PayOffer, VerifyOffer]),
  Type.Object({
    /** Has the same challenge as the offer. The alternative to PAY is VERIFY: "Confirm with your bank instead". */
    alternative: Type.Optional(Alternative),
    /** The session's callback, without a result. */
    returnTo: Text(2048),
    display: Display,
  }),
]);
export type OpenAnswer = Static<typeof OpenAnswer>;

/**
 * The unsigned members of a credential's JSON. They are hints, and a wrong hint must not refuse a credential: the schema accepts unknown
 * and empty values and null, and the reader ignores them. Only the size is checked.
 */
const HINT = Type.String({ maxLength: 256 });
const HINTS = Type.Array(HINT, { maxItems: 64 });

const ResponseCommon = { clientDataJSON: Base64Url(8192) };
const CredentialCommon = {
  id: Base64Url(1400),
  rawId: Base64Url(1400),
  type: Type.Literal('public-key'),
  /** An unknown value counts as null (WebAuthn L3 §5.1). */
  authenticatorAttachment: Type.Optional(Type.Union([HINT, Type.Null()])),
  clientExtensionResults: Type.Optional(Type.Union([Type.Object({}), Type.Null()])),
};

/** RegistrationResponseJSON (WebAuthn L3 §5.1). Not verified here. */
export const RegistrationCredential = Type.Object({
  ...CredentialCommon,
  response: Type.Object({
    ...ResponseCommon,
    attestationObject: Base64Url(32 * 1024),
    transports: Type.Optional(Type.Union([HINTS, Type.Null()])),
  }),
});
export type RegistrationCredential = Static<typeof RegistrationCredential>;

/** AuthenticationResponseJSON (WebAuthn L3 §5.1). Not verified here. */
export const AuthenticationCredential = Type.Object({
  ...CredentialCommon,
  response: Type.Object({
    ...ResponseCommon,
    authenticatorData: Base64Url(4096),
    signature: Base64Url(2048),
    /** Empty, null or absent if the authenticator returns none. */
    userHandle: Type.Optional(Type.Union([Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 128 }), Type.Null()])),
  }),
});
export type AuthenticationCredential = Static<typeof AuthenticationCredential>;

/**
 * The session that the page has opened. A browser has one ceremony cookie, which belongs to the session that was opened last. A page that names
 * another session is refused, so that one tab does not end the session of another.
 */
const NAMED_SESSION = { authenticationSessionId: Type.Optional(Type.String({ maxLength: 256 })) };

/** The credential that the cardholder made or used. */
export const ResultRequest = Type.Object({
  ...NAMED_SESSION,
  credential: Type.Union([RegistrationCredential, AuthenticationCredential]),
});
export type ResultRequest = Static<typeof ResultRequest>;

/** The cardholder chose "Agree and continue" in VERIFY. The network stores what was shown, and adds the documents itself. */
export const ConsentRequest = Type.Object({
  ...NAMED_SESSION,
  language: LanguageTag,
  /** The sentence above the button, in the language that was shown. */
  statement: Text(1000),
});
export type ConsentRequest = Static<typeof ConsentRequest>;

/** The cardholder stopped, or the device could not. */
export const EndRequest = Type.Object({ ...NAMED_SESSION, reason: Type.Enum(END_REASONS) });
export type EndRequest = Static<typeof EndRequest>;

/** The address that the page goes to next: the callback with its result, or the issuer. */
export const RedirectAnswer = Type.Object({ redirect: Text(8192) });
export type RedirectAnswer = Static<typeof RedirectAnswer>;

/** A passkey was made during a payment. The page opens the session again to approve the payment. */
export const ReopenAnswer = Type.Object({ reopen: Type.Literal(true) });

/** The answer to `ResultRequest`. */
export const ResultAnswer = Type.Union([RedirectAnswer, ReopenAnswer]);
export type ResultAnswer = Static<typeof ResultAnswer>;
