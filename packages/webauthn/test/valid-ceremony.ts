/** One valid ceremony of each kind. A test breaks one thing in it. */
import { randomBytes } from 'node:crypto';
import { type CreateFault, createSoftwareAuthenticator, type UseFault } from '@payment-passkeys/authenticator';
import { expect } from 'vitest';
import {
  buildAnchorTrust,
  buildCreationOptions,
  buildPaymentPolicy,
  buildRequestOptions,
  CeremonyError,
  type CeremonyErrorCode,
  type CeremonyPolicy,
  PAYMENT_ALGORITHMS,
  type StoredPasskey,
  verifyAssertion,
  verifyRegistration,
} from '../src/index.ts';

export const ORIGIN = 'https://verify.example';

export const NOW = new Date('2026-11-24T12:00:00Z');

/** Asks for attestation, and records it without trusting any. */
export const POLICY = buildPaymentPolicy({
  rpId: 'verify.example',
  rpName: 'Example Network',
  origins: [ORIGIN],
  algorithms: PAYMENT_ALGORITHMS,
  attestation: { demand: 'record', trust: buildAnchorTrust([]) },
});

export type DeviceSettings = NonNullable<Parameters<typeof createSoftwareAuthenticator>[0]>;

const rsaDevices = new Map<string, ReturnType<typeof createSoftwareAuthenticator>>();

/** One device for all RS256 ceremonies with these settings, because its RSA key takes a tenth of a second to make. */
function openDevice(settings: DeviceSettings) {
  if (settings.algorithm !== 'RS256' || settings.random || settings.held) return createSoftwareAuthenticator(settings);
  const name = JSON.stringify(settings);
  const device = rsaDevices.get(name) ?? createSoftwareAuthenticator(settings);
  rsaDevices.set(name, device);
  return device;
}

/** The creation of a passkey: the input of `verifyRegistration`, and the authenticator that made the passkey. */
export function buildCreation(settings: DeviceSettings = {}, breaks?: CreateFault, policy: CeremonyPolicy = POLICY) {
  const device = openDevice(settings);
  const [challenge, userId] = [randomBytes(32), randomBytes(32)];
  const options = buildCreationOptions({
    policy,
    challenge,
    userId,
    userName: '•••• 4444',
    userDisplayName: '•••• 4444',
    excludeCredentials: [],
  });
  const credential = device.create({ options, origin: ORIGIN, breaks });
  return { policy, challenge, credential, device, userId, now: NOW };
}

/** The use of a passkey: the input of `verifyAssertion`, and the authenticator that made the passkey. */
export async function buildUse(settings: DeviceSettings = {}, breaks?: UseFault) {
  const { device, userId, ...creation } = buildCreation(settings);
  const registration = await verifyRegistration(creation);
  const passkey: StoredPasskey = { ...registration, userHandle: userId };
  return { device, ...useAgain(device, passkey, breaks) };
}

export function useAgain(
  device: ReturnType<typeof buildCreation>['device'],
  passkey: StoredPasskey,
  breaks?: UseFault,
) {
  const challenge = randomBytes(32);
  const allowCredentials = [{ credentialId: passkey.credentialId, transports: [] }];
  const options = buildRequestOptions({ policy: POLICY, challenge, allowCredentials });
  return { policy: POLICY, challenge, credential: device.use({ options, origin: ORIGIN, breaks }), passkey };
}

/** The code that a verification ends with, or `accepted`. Anything but a CeremonyError fails the test. */
export async function outcomeOf(verification: Promise<unknown>): Promise<CeremonyErrorCode | 'accepted'> {
  return verification.then(
    () => 'accepted' as const,
    (error: unknown) => {
      expect(error).toBeInstanceOf(CeremonyError);
      return (error as CeremonyError).code;
    },
  );
}

export const outcomeOfCreation = (settings: DeviceSettings, breaks?: CreateFault) =>
  outcomeOf(verifyRegistration(buildCreation(settings, breaks)));

export const outcomeOfUse = async (settings: DeviceSettings, breaks?: UseFault) =>
  outcomeOf(verifyAssertion(await buildUse(settings, breaks)));

export const ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
export const ATTESTATIONS = ['none', 'packed-self', 'packed-x5c'] as const;
