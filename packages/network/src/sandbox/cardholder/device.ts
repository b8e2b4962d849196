/** A device of the cardholder without a browser: its cookies at the network, and its authenticator. */
import {
  createSoftwareAuthenticator,
  restoreCredential,
  type SoftwareAuthenticator,
  type StoredCredential,
  storeCredential,
} from '@payment-passkeys/authenticator';

/** A device as it is stored. JSON. */
export interface StoredDevice {
  readonly cookies: Readonly<Record<string, string>>;
  readonly passkeys: readonly StoredCredential[];
}

/** A device during one call. */
export interface SandboxDevice {
  readonly authenticator: SoftwareAuthenticator;
  /** The values of the cookies, by name. */
  readonly cookies: Map<string, string>;
}

/** The most passkeys of a device. The latest are kept. */
const MAX_PASSKEYS = 100;

/** Like synced passkeys, these have no signature counter: two calls at the same time would report the same count. */
export function openDevice({ cookies, passkeys }: StoredDevice = { cookies: {}, passkeys: [] }): SandboxDevice {
  const held = passkeys.map(restoreCredential);
  return {
    authenticator: createSoftwareAuthenticator({ counts: false, backupEligible: true, backedUp: true, held }),
    cookies: new Map(Object.entries(cookies)),
  };
}

/**
 * The device to store after a call. Another call may have stored it meanwhile: then the result has the passkeys of both calls, and the cookies
 * of the later one, as with two tabs of a browser.
 */
export function mergeDevice(stored: StoredDevice | undefined, device: SandboxDevice): StoredDevice {
  const mine = device.authenticator.credentials.map(storeCredential);
  const known = new Set(mine.map(({ credentialId }) => credentialId));
  const others = (stored?.passkeys ?? []).filter(({ credentialId }) => !known.has(credentialId));
  return {
    cookies: { ...stored?.cookies, ...Object.fromEntries(device.cookies) },
    passkeys: [...others, ...mine].slice(-MAX_PASSKEYS),
  };
}

/** Whether it holds one of the passkeys that the options allow. */
export function holdsOneOf(device: SandboxDevice, ids: readonly string[]): boolean {
  return device.authenticator.credentials.some(({ credentialId }) => ids.includes(credentialId.toString('base64url')));
}
