/** The test vectors of W3C Web Authentication Level 3, §16. Most lack user verification, which the payment policy requires. */
import { decodeAttestationObject, parseAuthenticatorData } from '@simplewebauthn/server/helpers';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../test/valid-ceremony.ts';
import {
  type CeremonyErrorCode,
  type CeremonyPolicy,
  PAYMENT_ALGORITHMS,
  verifyAssertion,
  verifyRegistration,
} from './index.ts';
import document from './vectors/webauthn-l3.json' with { type: 'json' };

type Outcome = CeremonyErrorCode | 'accepted';

/** Of the registration, and of the authentication that follows it. Formats but none and packed wait for their own review. */
const OUTCOMES: Readonly<Record<string, readonly [Outcome, Outcome]>> = {
  'none-es256': ['USER_NOT_VERIFIED', 'USER_NOT_VERIFIED'],
  'packed-self-es256': ['accepted', 'USER_NOT_VERIFIED'],
  'none-es256-crossOrigin': ['CROSS_ORIGIN', 'CROSS_ORIGIN'],
  'none-es256-topOrigin': ['CROSS_ORIGIN', 'CROSS_ORIGIN'],
  'none-es256-long-credential-id': ['USER_NOT_VERIFIED', 'accepted'],
  'packed-es256': ['accepted', 'accepted'],
  'packed-es384': ['USER_NOT_VERIFIED', 'ALGORITHM_NOT_ALLOWED'],
  'packed-es512': ['ALGORITHM_NOT_ALLOWED', 'USER_NOT_VERIFIED'],
  'packed-rs256': ['accepted', 'USER_NOT_VERIFIED'],
  'packed-eddsa': ['USER_NOT_VERIFIED', 'USER_NOT_VERIFIED'],
  'packed-ed448': ['USER_NOT_VERIFIED', 'ALGORITHM_NOT_ALLOWED'],
  'tpm-es256': ['ATTESTATION_NOT_ALLOWED', 'accepted'],
  'android-key-es256': ['ATTESTATION_NOT_ALLOWED', 'USER_NOT_VERIFIED'],
  'apple-es256': ['USER_NOT_VERIFIED', 'USER_NOT_VERIFIED'],
  'fido-u2f-es256': ['USER_NOT_VERIFIED', 'USER_NOT_VERIFIED'],
};

const policy: CeremonyPolicy = {
  rpId: document.rpId,
  rpName: 'Test vectors',
  origins: [document.origin],
  algorithms: PAYMENT_ALGORITHMS,
  attestation: 'direct',
};

describe.each(document.vectors)('W3C vector $id', ({ id, credentialId, registration, authentication }) => {
  const [registered, authenticated] = OUTCOMES[id] ?? [];
  const credential = { id: credentialId, rawId: credentialId, type: 'public-key' };

  test(`registration: ${registered}`, async () => {
    const { challenge, ...response } = registration;
    const input = { policy, challenge: decode(challenge), credential: { ...credential, response } };
    expect(await outcomeOf(verifyRegistration(input))).toBe(registered);
  });

  test(`authentication: ${authenticated}`, async () => {
    const { challenge, ...response } = authentication;
    const input = { policy, challenge: decode(challenge), credential: { ...credential, response } };
    expect(await outcomeOf(verifyAssertion({ ...input, passkey: storedPasskey() }))).toBe(authenticated);
  });

  test('a changed client data is refused', async () => {
    const { challenge, ...response } = authentication;
    const clientDataJSON = Buffer.from(`${decode(response.clientDataJSON)} `).toString('base64url');
    const input = { policy, challenge: decode(challenge), passkey: storedPasskey() };
    const changed = { ...credential, response: { ...response, clientDataJSON } };
    const expected = authenticated === 'accepted' ? 'SIGNATURE_INVALID' : authenticated;
    expect(await outcomeOf(verifyAssertion({ ...input, credential: changed }))).toBe(expected);
  });

  /** Taken from the registration without verifying it, so that each authentication is judged for itself. */
  function storedPasskey() {
    const attestation = decodeAttestationObject(Uint8Array.from(decode(registration.attestationObject)));
    const { credentialPublicKey } = parseAuthenticatorData(attestation.get('authData'));
    const publicKey = credentialPublicKey ?? Buffer.alloc(0);
    return { credentialId: decode(credentialId), publicKey, signCount: 0, userHandle: Buffer.alloc(32) };
  }
});

test('the table covers the document', () => {
  expect(document.vectors.map(({ id }) => id)).toEqual(Object.keys(OUTCOMES));
});

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
