import { type CborValue, encodeCbor } from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import { type ATTESTATIONS, buildCreation, type DeviceSettings, outcomeOf } from '../../test/valid-ceremony.ts';
import { decodeCbor } from '../cbor.ts';
import { type CeremonyErrorCode, verifyRegistration } from '../index.ts';

const SELF: DeviceSettings = { attestation: 'packed-self' };

describe('§6.5: what attestation signs', { timeout: 60_000 }, () => {
  /** The length of an ES256 passkey's authenticator data, the last part of the canonical attestation object. FREE has offsets in this data. */
  const AUTHENTICATOR_DATA_BYTES = 37 + 16 + 2 + 32 + 77;
  const FREE = { counter: 33, aaguid: 37 };

  async function outcomeOfFlip(attestation: (typeof ATTESTATIONS)[number], offset: number) {
    const { credential, ...creation } = buildCreation({ attestation });
    const bytes = Buffer.from(credential.response.attestationObject, 'base64url');
    const at = bytes.length - AUTHENTICATOR_DATA_BYTES + offset;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const response = { ...credential.response, attestationObject: bytes.toString('base64url') };
    return outcomeOf(verifyRegistration({ ...creation, credential: { ...credential, response } }));
  }

  // `none` has no signature, so nobody can notice a changed counter or AAGUID. fido-u2f does not sign the flags and the counter either, but it is
  // refused.
  test.each(Object.entries(FREE))('none leaves the %s free', async (_, offset) => {
    expect(await outcomeOfFlip('none', offset)).toBe('accepted');
  });

  test('none holds every other byte to the rest of the ceremony', async () => {
    const free = new Set<number>();
    for (let offset = 0; offset < AUTHENTICATOR_DATA_BYTES; offset++) {
      if ((await outcomeOfFlip('none', offset)) === 'accepted') free.add(offset);
    }
    expect([...free]).toEqual(Array.from({ length: 4 + 16 }, (_, index) => FREE.counter + index));
  });

  test.each(['packed-self', 'packed-x5c'] as const)('%s leaves no byte free', async (attestation) => {
    for (let offset = 0; offset < AUTHENTICATOR_DATA_BYTES; offset++) {
      expect(await outcomeOfFlip(attestation, offset), `offset ${offset}`).not.toBe('accepted');
    }
  });
});

describe('§6.5.4, §8.2: the shape of the attestation object', () => {
  const empty = new Map();
  const [authData, sig] = [Buffer.alloc(37), Buffer.alloc(64)];
  const packed = (members: object) => (valid: Map<string, unknown>) =>
    new Map([
      ...valid,
      ['attStmt', new Map([...(valid.get('attStmt') as Map<string, unknown>), ...Object.entries(members)])],
    ]);

  test.each<[string, (valid: Map<string, unknown>) => unknown, CeremonyErrorCode]>([
    ['a number', () => 7, 'MALFORMED'],
    ['an empty map', () => empty, 'MALFORMED'],
    ['a format that is no text', (valid) => new Map([...valid, ['fmt', 7]]), 'MALFORMED'],
    ['a statement that is an array', (valid) => new Map([...valid, ['attStmt', []]]), 'MALFORMED'],
    ['authenticator data that is text', (valid) => new Map([...valid, ['authData', 'text']]), 'MALFORMED'],
    [
      'authenticator data without a credential',
      (valid) => new Map([...valid, ['authData', authData]]),
      'RP_ID_MISMATCH',
    ],
    ['x5c that is no array', packed({ x5c: 'certificate' }), 'ATTESTATION_INVALID'],
    ['x5c without a certificate', packed({ x5c: [] }), 'ATTESTATION_INVALID'],
    ['x5c of text', packed({ x5c: ['certificate'] }), 'ATTESTATION_INVALID'],
    ['x5c of nine', packed({ x5c: Array.from({ length: 9 }, () => sig) }), 'ATTESTATION_INVALID'],
    ['a certificate that is none', packed({ x5c: [sig] }), 'ATTESTATION_INVALID'],
    ['a signature that is text', packed({ sig: 'signature' }), 'ATTESTATION_INVALID'],
    ['a signature of another length', packed({ sig }), 'ATTESTATION_INVALID'],
  ])('%s', async (_, change, code) => {
    const { credential, ...creation } = buildCreation(SELF);
    const valid = decodeCbor(Buffer.from(credential.response.attestationObject, 'base64url'));
    const changed = encodeCbor(change(valid as Map<string, unknown>) as CborValue);
    const response = { ...credential.response, attestationObject: Buffer.from(changed).toString('base64url') };
    expect(await outcomeOf(verifyRegistration({ ...creation, credential: { ...credential, response } }))).toBe(code);
  });

  test('authenticator data of a use is none of a creation', async () => {
    const { credential, ...creation } = buildCreation();
    const object = Buffer.from(credential.response.attestationObject, 'base64url');
    const valid = decodeCbor(object) as ReadonlyMap<string, CborValue>;
    const bare = Uint8Array.from((valid.get('authData') as Uint8Array).subarray(0, 37));
    bare[32] = 0x05;
    const changed = encodeCbor(new Map<string, CborValue>([...valid, ['authData', bare]]));
    const response = { ...credential.response, attestationObject: Buffer.from(changed).toString('base64url') };
    expect(await outcomeOf(verifyRegistration({ ...creation, credential: { ...credential, response } }))).toBe(
      'MALFORMED',
    );
  });
});
