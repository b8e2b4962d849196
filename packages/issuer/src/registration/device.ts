/** Whether this device can hold a passkey: asked before anybody is asked to agree to anything. */

/**
 * - `READY`: it can, or it could not be found out in time; the network's page asks again.
 * - `NO_LOCK`: the browser could, but the device has no screen lock, fingerprint or face set up (no user-verifying platform authenticator).
 * - `NO_PASSKEYS`: the browser has no WebAuthn at all.
 */
export type DeviceSupport = 'READY' | 'NO_LOCK' | 'NO_PASSKEYS';

const ANSWER_MILLISECONDS = 1000;

export interface DeviceBrowser {
  readonly PublicKeyCredential?: {
    isUserVerifyingPlatformAuthenticatorAvailable?(): Promise<boolean>;
  };
}

/** WebAuthn L3 §5.1.6. Never rejects: a browser that fails to answer is taken to be able. */
export async function checkDevice(browser: DeviceBrowser): Promise<DeviceSupport> {
  const late = new Promise<true>((resolve) => setTimeout(() => resolve(true), ANSWER_MILLISECONDS));
  try {
    const { PublicKeyCredential } = browser;
    if (typeof PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable !== 'function') return 'NO_PASSKEYS';
    const available = await Promise.race([PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(), late]);
    return available === false ? 'NO_LOCK' : 'READY';
  } catch {
    return 'READY';
  }
}
