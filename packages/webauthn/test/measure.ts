/**
 * Measures the check of an assertion: a bare ECDSA P-256 verification, our check, and SimpleWebAuthn's, in turn. Prints the fastest round and the
 * median of each in microseconds, and the ratios to the bare verification. `node --conditions=source packages/webauthn/test/measure.ts`
 */
import { createPublicKey, verify } from 'node:crypto';
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  buildAnchorTrust,
  buildCreationOptions,
  buildPaymentPolicy,
  buildRequestOptions,
  PAYMENT_ALGORITHMS,
  verifyAssertion,
  verifyRegistration,
} from '../src/index.ts';
import { sha256, signedData } from '../src/signature.ts';

const ROUNDS = 40;
const CALLS = 100;
const origin = 'https://verify.example';
const policy = buildPaymentPolicy({
  rpId: 'verify.example',
  rpName: 'Example Network',
  origins: [origin],
  algorithms: PAYMENT_ALGORITHMS,
  attestation: { demand: 'record', trust: buildAnchorTrust([]) },
});
const now = new Date();
const challenge = Buffer.alloc(32, 7);
const expected = {
  expectedChallenge: challenge.toString('base64url'),
  expectedOrigin: origin,
  expectedRPID: policy.rpId,
};

const device = createSoftwareAuthenticator({ attestation: 'packed-x5c' });
const userId = Buffer.alloc(32, 1);
const names = { userName: 'a', userDisplayName: 'a', excludeCredentials: [] };
const created = device.create({ options: buildCreationOptions({ policy, challenge, userId, ...names }), origin });
const passkey = { ...(await verifyRegistration({ policy, challenge, credential: created, now })), userHandle: userId };
const used = device.use({ options: buildRequestOptions({ policy, challenge, allowCredentials: [passkey] }), origin });
const [held] = device.credentials;
if (held === undefined) throw new Error('The passkey has just been made.');

const { authenticatorData, clientDataJSON, signature } = used.response;
const signed = signedData(
  Buffer.from(authenticatorData, 'base64url'),
  sha256(Buffer.from(clientDataJSON, 'base64url')),
);
const signatureBytes = Buffer.from(signature, 'base64url');
const jwk = held.keyPair.publicKey.export({ format: 'jwk' });
const stored = { id: used.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 };

const WORK: Readonly<Record<string, () => unknown>> = {
  'bare ECDSA P-256 verification, key ready': () => verify('sha256', signed, held.keyPair.publicKey, signatureBytes),
  'bare, key from its JWK each time': () =>
    verify('sha256', signed, createPublicKey({ key: jwk, format: 'jwk' }), signatureBytes),
  'assertion, ours': () => verifyAssertion({ policy, challenge, credential: used, passkey }),
  'assertion, SimpleWebAuthn': () =>
    verifyAuthenticationResponse({ ...expected, response: used as never, credential: stored }),
  'registration (packed, x5c), ours': () => verifyRegistration({ policy, challenge, credential: created, now }),
  'registration (packed, x5c), SimpleWebAuthn': () =>
    verifyRegistrationResponse({ ...expected, response: created as never }),
};

const samples = new Map<string, number[]>(Object.keys(WORK).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries(WORK)) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) await work();
    if (round > 0) samples.get(name)?.push(Number(process.hrtime.bigint() - start) / CALLS / 1000);
  }
}
const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
const [bare = []] = samples.values();
for (const [name, values] of samples) {
  const columns = [0, 0.5].map((share) => {
    const microseconds = at(values, share);
    return `${microseconds.toFixed(1).padStart(8)} µs ${(microseconds / at(bare, share)).toFixed(2).padStart(6)}×`;
  });
  console.log(name.padEnd(46), ...columns);
}
