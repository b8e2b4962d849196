/**
 * `assertionVsBareVerify`: the whole check of one assertion, by this project and by the library, over the one ECDSA P-256 verification in
 * it.
 */
import { hash, verify } from 'node:crypto';
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import {
  buildCreationOptions,
  buildPaymentPolicy,
  buildRequestOptions,
  PAYMENT_ALGORITHMS,
  verifyAssertion,
  verifyRegistration,
} from '@payment-passkeys/webauthn';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { Plan } from '../plan.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { alternate, type Measurement, processorTimeOf } from './measurement.ts';

const ORIGIN = 'https://verify.example';

export async function measureAssertionCheck(plan: Plan): Promise<Measurement> {
  const { bare, ours, library } = await prepareChecks();
  for (const work of [bare, ours, library]) await processorTimeOf(plan.calls, work); // compiles the code before the measurement
  const samples = await alternate(plan.rounds, {
    bare: () => processorTimeOf(plan.calls, bare),
    ours: () => processorTimeOf(plan.calls, ours),
    library: () => processorTimeOf(plan.calls, library),
  });
  const inTheLibrary = spreadOf(ratios(samples.library, samples.bare)).median.toFixed(1);
  return {
    key: 'assertionVsBareVerify',
    about: `processor time of our whole check of an assertion over a bare ECDSA P-256 verification (@simplewebauthn/server: ${inTheLibrary})`,
    goal: { atMost: 2.2 },
    value: spreadOf(ratios(samples.ours, samples.bare)),
    sides: [
      { name: 'bare ECDSA P-256 verification', unit: 'µs', spread: spreadOf(samples.bare) },
      { name: 'ours', unit: 'µs', spread: spreadOf(samples.ours) },
      { name: '@simplewebauthn/server', unit: 'µs', spread: spreadOf(samples.library) },
    ],
  };
}

/** Three checks of the same valid assertion. */
async function prepareChecks() {
  const policy = buildPaymentPolicy({
    rpId: new URL(ORIGIN).hostname,
    rpName: 'Example Network',
    origins: [ORIGIN],
    algorithms: PAYMENT_ALGORITHMS,
    attestation: 'none',
  });
  const challenge = Buffer.alloc(32, 7);
  const userId = Buffer.alloc(32, 1);
  const device = createSoftwareAuthenticator();
  const names = { userName: 'a', userDisplayName: 'a', excludeCredentials: [] };
  const created = device.create({
    options: buildCreationOptions({ policy, challenge, userId, ...names }),
    origin: ORIGIN,
  });
  const registration = await verifyRegistration({ policy, challenge, credential: created, now: new Date() });
  const passkey = { ...registration, userHandle: userId };
  const options = buildRequestOptions({ policy, challenge, allowCredentials: [passkey] });
  const used = device.use({ options, origin: ORIGIN });
  const [held] = device.credentials;
  if (held === undefined) throw new Error('The passkey has just been made.');

  const { authenticatorData, clientDataJSON, signature } = used.response;
  const clientDataHash = hash('sha256', Buffer.from(clientDataJSON, 'base64url'), 'buffer');
  const signed = Buffer.concat([Buffer.from(authenticatorData, 'base64url'), clientDataHash]);
  const signatureBytes = Buffer.from(signature, 'base64url');
  const { publicKey } = held.keyPair;
  const stored = { id: used.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 };
  return {
    bare: () => verify('sha256', signed, publicKey, signatureBytes),
    ours: () => verifyAssertion({ policy, challenge, credential: used, passkey }),
    library: () =>
      verifyAuthenticationResponse({
        response: used as never, // the library's type lists only the extensions that it knows
        credential: stored,
        expectedChallenge: challenge.toString('base64url'),
        expectedOrigin: ORIGIN,
        expectedRPID: policy.rpId,
      }),
  };
}
