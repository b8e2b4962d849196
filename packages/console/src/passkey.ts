/** The operator's own passkey: created with an invitation, used to sign in and to confirm a dangerous change. */
import { credentialToJson, readOptional } from '@payment-passkeys/protocol/browser-objects';
import { say } from './texts.ts';

/** Why the browser gave no credential. `message` is for the operator. */
export class PasskeyProblem extends Error {
  override readonly name = 'PasskeyProblem';
}

/** Call it inside a click. The options are those of the API, in WebAuthn's JSON form. Throws `PasskeyProblem`. */
export async function createPasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<object> {
  return settle(say('passkeyNotCreated'), () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  });
}

/** Like {@link createPasskey}, for a passkey that exists. */
export async function usePasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<object> {
  return settle(say('passkeyNotUsed'), () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  });
}

/** Operators use current browsers: Chromium 129, Safari 18.4, Firefox 119 and newer have the conversion of the options. */
function hasPasskeys(): boolean {
  return readOptional(() => typeof PublicKeyCredential.parseCreationOptionsFromJSON) === 'function';
}

/** `failure`: what to say if the browser gives no credential. */
async function settle(failure: string, call: () => Promise<Credential | null>): Promise<object> {
  if (!hasPasskeys()) throw new PasskeyProblem(say('noPasskeys'));
  try {
    const credential = await call();
    if (credential) return credentialToJson(credential) as object; // an object of JSON
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError')
      throw new PasskeyProblem(say('passkeyThere'), { cause: error });
    throw new PasskeyProblem(failure, { cause: error });
  }
  throw new PasskeyProblem(failure);
}
