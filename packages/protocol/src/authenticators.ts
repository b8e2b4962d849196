/** Authenticators API, contract §5: `POST /authentication/authenticators`. */
import Type, { type Static } from 'typebox';
import { CompactJws, CorrelationId, SessionId, Text } from './fields.ts';

export const AUTHENTICATORS_PATH = '/authentication/authenticators';

export const AuthenticatorRequest = Type.Object({
  authenticationSessionId: SessionId,
  proofOfAuthentication: CompactJws,
  srcCorrelationId: Type.Optional(CorrelationId),
});
export type AuthenticatorRequest = Static<typeof AuthenticatorRequest>;

export const AuthenticatorAnswer = Type.Object({
  /** The network's own id of the passkey; not the WebAuthn credential id. */
  credentialId: Text(64),
  /** One for each passkey and client; accounts are added to it. */
  bindingId: Text(64),
  srcCorrelationId: CorrelationId,
});
export type AuthenticatorAnswer = Static<typeof AuthenticatorAnswer>;
