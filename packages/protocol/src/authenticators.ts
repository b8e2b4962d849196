/** Authenticators API, contract §5: `POST /authentication/authenticators`. */
import Type, { type Static } from 'typebox';
import { CompactJws, CorrelationId, SessionId, Text } from './fields.ts';

/** Below the network's public URL. */
export const AUTHENTICATORS_PATH = '/authentication/authenticators';

/** Binds the passkey of a proof to the session's accounts. */
export const AuthenticatorRequest = Type.Object({
  authenticationSessionId: SessionId,
  proofOfAuthentication: CompactJws,
  srcCorrelationId: Type.Optional(CorrelationId),
});
export type AuthenticatorRequest = Static<typeof AuthenticatorRequest>;

/** The ids of the passkey and its binding. */
export const AuthenticatorAnswer = Type.Object({
  /** The network's id of the passkey. It is not the WebAuthn credential id. */
  credentialId: Text(64),
  /** There is one binding for each passkey and client. Later sessions add accounts to it. */
  bindingId: Text(64),
  srcCorrelationId: CorrelationId,
});
export type AuthenticatorAnswer = Static<typeof AuthenticatorAnswer>;
