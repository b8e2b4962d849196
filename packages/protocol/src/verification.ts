/** The issuer's verification of a cardholder who makes a passkey at a shop, contract §11: the claims of the two JWTs that travel by the browser. */
import Type, { type Static } from 'typebox';
import { Text } from './fields.ts';
import { VERIFICATION_METHODS } from './sessions.ts';

/** Where the issuer sends the browser back to, below the network's PUBLIC_URL, with `?response=<JWT>`. */
export const VERIFICATION_PATH = '/auth/verification';
export const VERIFICATION_REQUEST_PARAMETER = 'request';
export const VERIFICATION_RESPONSE_PARAMETER = 'response';

const Time = Type.Integer({ minimum: 0 });

export const VerificationRequestClaims = Type.Object({
  /** The network's PUBLIC_URL. */
  iss: Text(256),
  /** The issuer's clientId. */
  aud: Text(64),
  /** 128 random bits or more, base64url: what the response answers to. */
  jti: Type.String({ pattern: '^[A-Za-z0-9_-]{22,64}$', maxLength: 64 }),
  iat: Time,
  exp: Time,
  /** The one address the browser is to be sent back to; `response` is appended to its query. */
  returnUri: Text(300),
  /** For the issuer's own page: who asked. */
  merchantName: Text(100),
  lastFour: Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 }),
  /** Compact JWE of {@link VerificationAccount}, to the issuer's verification encryption key. */
  encryptedAccount: Type.String({ minLength: 1, maxLength: 2048 }),
});
export type VerificationRequestClaims = Static<typeof VerificationRequestClaims>;

/** What `encryptedAccount` holds: the card that the cardholder says is theirs. */
export const VerificationAccount = Type.Object({
  primaryAccountNumber: Type.String({ pattern: '^[0-9]{9,19}$', maxLength: 19 }),
  panExpirationMonth: Type.String({ pattern: '^(0[1-9]|1[0-2])$', maxLength: 2 }),
  panExpirationYear: Type.String({ pattern: '^20[0-9]{2}$', maxLength: 4 }),
});
export type VerificationAccount = Static<typeof VerificationAccount>;

export const VERIFICATION_RESULTS = ['VERIFIED', 'REFUSED'] as const;
export type VerificationResult = (typeof VERIFICATION_RESULTS)[number];

const ResponseCommon = {
  /** The issuer's clientId. */
  iss: Text(64),
  /** The network's PUBLIC_URL. */
  aud: Text(256),
  iat: Time,
  exp: Time,
  /** The request's `jti`. */
  inResponseTo: Type.String({ pattern: '^[A-Za-z0-9_-]{22,64}$', maxLength: 64 }),
};

export const VerificationResponseClaims = Type.Union([
  Type.Object({
    ...ResponseCommon,
    result: Type.Literal('VERIFIED'),
    method: Type.Enum(VERIFICATION_METHODS),
    /** Seconds, at most VERIFICATION_SECONDS ago. */
    verifiedAt: Time,
  }),
  Type.Object({ ...ResponseCommon, result: Type.Literal('REFUSED') }),
]);
export type VerificationResponseClaims = Static<typeof VerificationResponseClaims>;
