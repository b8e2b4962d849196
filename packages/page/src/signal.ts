/**
 * Tells the authenticator about passkeys that no longer work, by the Signal API (WebAuthn L3 §5.1.10). Does nothing in a browser without the API.
 * The page does not learn what the authenticator does.
 */
import { readOptional } from '@payment-passkeys/protocol';

export function signalUnknown(passkey: { readonly rpId: string; readonly credentialId: string }): void {
  readOptional(() => PublicKeyCredential.signalUnknownCredential(passkey).catch(() => {}));
}

/** `userId` is the user handle. Passkeys of this user that are not in the list no longer work. */
export function signalAccepted(accepted: {
  readonly rpId: string;
  readonly userId: string;
  readonly allAcceptedCredentialIds: string[];
}): void {
  readOptional(() => PublicKeyCredential.signalAllAcceptedCredentials(accepted).catch(() => {}));
}
