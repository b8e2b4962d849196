/** The claims of `proofOfAuthentication`, contract §4. It names no account: accounts are the session's. */
import Type, { type Static } from 'typebox';
import { Text, Uuid } from './fields.ts';
import { AUTHENTICATION_REASONS } from './sessions.ts';

/** base64url(UUIDv4), twelve digits, two-letter region: 36 characters. */
export const InstanceId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}[0-9]{12}[A-Z]{2}$', maxLength: 36 });

export const ProofClaims = Type.Object({
  /** The hosted page's origin. */
  iss: Text(256),
  /** PUBLIC_URL, or AUDIENCE where that is set. */
  aud: Text(256),
  iat: Type.Integer({ minimum: 0 }),
  completedAt: Type.Integer({ minimum: 0 }),
  exp: Type.Integer({ minimum: 0 }),
  clientSessionId: Uuid,
  isChallengePerformed: Type.Literal(true),
  authenticationMethod: Type.Literal('FIDO2'),
  authenticationReasons: Type.Array(Type.Enum(AUTHENTICATION_REASONS), {
    minItems: 1,
    maxItems: 1,
  }),
  assertionType: Type.Literal('ownership'),
  certifiedMFAMethodId: Text(16),
  authenticationFactors: Text(16),
  /** The device. */
  appInstanceId: InstanceId,
  /** The passkey on that device. */
  dasAuthenticatorInstanceId: InstanceId,
});
export type ProofClaims = Static<typeof ProofClaims>;
