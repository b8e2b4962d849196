/** Whether this device can store a passkey. The element checks it before it asks for consent. */

/**
 * - `READY`: it can, or the browser did not answer in time. The network's page checks again.
 * - `NO_LOCK`: the device has no screen lock, fingerprint or face set up (no user-verifying platform authenticator).
 * - `NO_PASSKEYS`: the browser has no WebAuthn.
 */
export type DeviceSupport = 'READY' | 'NO_LOCK' | 'NO_PASSKEYS';

const ANSWER_MILLISECONDS = 1000;

/** The part of `window` that the check uses. */
export interface DeviceBrowser {
  readonly PublicKeyCredential?: {
    isUserVerifyingPlatformAuthenticatorAvailable?(): Promise<boolean>;
  };
}

/** Asks the browser (WebAuthn L3 §5.1.6). Never rejects. `READY` if the browser fails or takes longer than a second. */
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
