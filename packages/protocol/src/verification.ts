/** The issuer verifies a cardholder who makes a passkey at a shop, contract §11: the claims of the two JWTs, which the browser carries. */
import Type, { type Static } from 'typebox';
import { Text } from './fields.ts';
import { VERIFICATION_METHODS } from './sessions.ts';

/** The issuer sends the browser back to this path, below the network's PUBLIC_URL, with `?response=<JWT>`. */
export const VERIFICATION_PATH = '/auth/verification';
/** The query parameter with the request's JWT. */
export const VERIFICATION_REQUEST_PARAMETER = 'request';
/** The query parameter with the response's JWT. */
export const VERIFICATION_RESPONSE_PARAMETER = 'response';

const Time = Type.Integer({ minimum: 0 });

/** The network's request. Times are seconds since 1970-01-01 UTC. */
export const VerificationRequestClaims = Type.Object({
  /** The network's PUBLIC_URL. */
  iss: Text(256),
  /** The issuer's clientId. */
  aud: Text(64),
  /** At least 128 random bits in base64url. The response repeats it. */
  jti: Type.String({ pattern: '^[A-Za-z0-9_-]{22,64}$', maxLength: 64 }),
  iat: Time,
  exp: Time,
  /** The only address to send the browser back to, with `response` added to its query. */
  returnUri: Text(300),
  /** The shop's name, for the issuer's page. */
  merchantName: Text(100),
  lastFour: Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 }),
  /** {@link VerificationAccount} as a compact JWE, encrypted for the issuer's verification key. */
  encryptedAccount: Type.String({ minLength: 1, maxLength: 2048 }),
});
export type VerificationRequestClaims = Static<typeof VerificationRequestClaims>;

/** The content of `encryptedAccount`: the card that the cardholder claims. */
export const VerificationAccount = Type.Object({
  primaryAccountNumber: Type.String({ pattern: '^[0-9]{9,19}$', maxLength: 19 }),
  panExpirationMonth: Type.String({ pattern: '^(0[1-9]|1[0-2])$', maxLength: 2 }),
  panExpirationYear: Type.String({ pattern: '^20[0-9]{2}$', maxLength: 4 }),
});
export type VerificationAccount = Static<typeof VerificationAccount>;

/** VERIFIED: the issuer has verified the cardholder, and the card is theirs. */
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

/** The issuer's response. Times are seconds since 1970-01-01 UTC. */
export const VerificationResponseClaims = Type.Union([
  Type.Object({
    ...ResponseCommon,
    result: Type.Literal('VERIFIED'),
    method: Type.Enum(VERIFICATION_METHODS),
    /** When the issuer verified the cardholder: at most VERIFICATION_SECONDS ago. */
    verifiedAt: Time,
  }),
  Type.Object({ ...ResponseCommon, result: Type.Literal('REFUSED') }),
]);
export type VerificationResponseClaims = Static<typeof VerificationResponseClaims>;
