import { createPublicKey, hash, randomBytes, verify, X509Certificate } from 'node:crypto';
import {
  AuthenticationCredential,
  type CreationOptions,
  compileSchema,
  RegistrationCredential,
  type RequestOptions,
} from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { createSoftwareAuthenticator } from './authenticator.ts';
import { encodeCbor } from './cbor.ts';
import { createAttestationIssuer } from './certificates/certificates.ts';
import type { CreateFault, UseFault } from './faults.ts';
import { restoreCredential, storeCredential } from './stored-credential.ts';

const ORIGIN = 'https://verify.example';

function creationOptions(changes: Partial<CreationOptions> = {}): CreationOptions {
  return {
    rp: { id: 'verify.example', name: 'Example Network' },
    user: { id: randomBytes(32).toString('base64url'), name: '•••• 4444', displayName: '•••• 4444' },
    challenge: randomBytes(32).toString('base64url'),
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
    timeout: 120_000,
    excludeCredentials: [],
    authenticatorSelection: {
      authenticatorAttachment: 'platform',
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'direct',
    extensions: { credProps: true, payment: { isPayment: true } },
    ...changes,
  };
}

function requestOptions(...ids: string[]): RequestOptions {
  return {
    rpId: 'verify.example',
    challenge: randomBytes(32).toString('base64url'),
    timeout: 120_000,
    userVerification: 'required',
    allowCredentials: ids.map((id) => ({ type: 'public-key', id })),
  };
}

describe('RFC 8949 appendix A: CBOR', () => {
  test.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [100, '1864'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [-1, '20'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [false, 'f4'],
    [true, 'f5'],
    [Buffer.from('01020304', 'hex'), '4401020304'],
    ['', '60'],
    ['IETF', '6449455446'],
    ['\u00fc', '62c3bc'],
    ['\u6c34', '63e6b0b4'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      'a201020304',
    ],
    [
      new Map<string, number | readonly number[]>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
      'a26161016162820203',
    ],
  ])('%j', (value, hex) => {
    expect(encodeCbor(value).toString('hex')).toBe(hex);
  });
});

describe('RFC 5280: the attestation chain', () => {
  test('the leaf is issued and signed by the CA, and is no CA itself', () => {
    const { chain, privateKey } = createAttestationIssuer(Buffer.alloc(16, 7));
    const [leaf, authority] = chain.map((certificate) => new X509Certificate(certificate));
    expect(leaf?.checkIssued(authority as X509Certificate)).toBe(true);
    expect(leaf?.verify((authority as X509Certificate).publicKey)).toBe(true);
    expect(leaf?.checkPrivateKey(privateKey)).toBe(true);
    expect([leaf?.ca, authority?.ca]).toEqual([false, true]);
    expect(leaf?.subject).toBe(
      'C=US\nO=Example Authenticators\nOU=Authenticator Attestation\nCN=Example Authenticator',
    );
  });
});

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('%s', (algorithm) => {
  test("what it makes is of the protocol's shape, and signed", () => {
    const device = createSoftwareAuthenticator({ algorithm });
    const created = device.create({ options: creationOptions(), origin: ORIGIN });
    expect(compileSchema(RegistrationCredential).violations(created)).toEqual([]);
    const used = device.use({ options: requestOptions(created.id), origin: ORIGIN });
    expect(compileSchema(AuthenticationCredential).violations(used)).toEqual([]);

    const [authData, clientData, signature] = [
      used.response.authenticatorData,
      used.response.clientDataJSON,
      used.response.signature,
    ].map((text) => Buffer.from(text, 'base64url')) as [Buffer, Buffer, Buffer];
    const signed = Buffer.concat([authData, hash('sha256', clientData, 'buffer')]);
    const [held] = device.credentials;
    const publicKey = createPublicKey({
      key: held?.keyPair.publicKey.export({ format: 'jwk' }) as never,
      format: 'jwk',
    });
    expect(verify(algorithm === 'EdDSA' ? null : 'sha256', signed, publicKey, signature)).toBe(true);
  });
});

describe('an authenticator, as a browser lets one see it', () => {
  const nameOf = (act: () => unknown): string => {
    try {
      act();
      return 'nothing thrown';
    } catch (error) {
      return (error as DOMException).name;
    }
  };

  test('InvalidStateError for an excluded credential that it holds, and for that alone', () => {
    const device = createSoftwareAuthenticator();
    const { id } = device.create({ options: creationOptions(), origin: ORIGIN });
    const excluding = (excluded: string) => () =>
      device.create({
        options: creationOptions({ excludeCredentials: [{ type: 'public-key', id: excluded }] }),
        origin: ORIGIN,
      });
    expect(nameOf(excluding(id))).toBe('InvalidStateError');
    expect(nameOf(excluding('AAAA'))).toBe('nothing thrown');
  });

  test('NotAllowedError where it holds none that is allowed', () => {
    const device = createSoftwareAuthenticator();
    device.create({ options: creationOptions(), origin: ORIGIN });
    expect(nameOf(() => device.use({ options: requestOptions('AAAA'), origin: ORIGIN }))).toBe('NotAllowedError');
  });

  test('NotSupportedError where its algorithm is not offered', () => {
    const device = createSoftwareAuthenticator({ algorithm: 'EdDSA' });
    const options = creationOptions({ pubKeyCredParams: [{ type: 'public-key', alg: -7 }] });
    expect(nameOf(() => device.create({ options, origin: ORIGIN }))).toBe('NotSupportedError');
  });

  test("SecurityError where the RP ID is not the origin's", () => {
    const device = createSoftwareAuthenticator();
    const origin = 'https://other.example';
    expect(nameOf(() => device.create({ options: creationOptions(), origin }))).toBe('SecurityError');
    expect(nameOf(() => device.use({ options: requestOptions('AAAA'), origin }))).toBe('SecurityError');
  });

  test('a passkey of the same user is replaced, of another one kept beside', () => {
    const device = createSoftwareAuthenticator();
    const options = creationOptions();
    device.create({ options, origin: ORIGIN });
    const { id } = device.create({ options, origin: ORIGIN });
    expect(device.credentials.map(({ credentialId }) => credentialId.toString('base64url'))).toEqual([id]);
    device.create({ options: creationOptions(), origin: ORIGIN });
    expect(device.credentials).toHaveLength(2);
  });

  test('the first allowed passkey that it holds is used, or the one that is named', () => {
    const device = createSoftwareAuthenticator();
    const [first, second] = [1, 2].map(() => device.create({ options: creationOptions(), origin: ORIGIN }).id);
    const options = requestOptions('AAAA', first as string, second as string);
    expect(device.use({ options, origin: ORIGIN }).id).toBe(first);
    const credentialId = Buffer.from(second as string, 'base64url');
    expect(device.use({ options, origin: ORIGIN, credentialId }).id).toBe(second);
  });

  test('a named passkey is used although it is not allowed, as a dishonest client would', () => {
    const device = createSoftwareAuthenticator();
    const { id } = device.create({ options: creationOptions(), origin: ORIGIN });
    const [options, credentialId] = [requestOptions('AAAA'), Buffer.from(id, 'base64url')];
    expect(device.use({ options, origin: ORIGIN, credentialId }).id).toBe(id);
  });

  test('it counts from one, or not at all', () => {
    const countOf = (authenticatorData: string) => Buffer.from(authenticatorData, 'base64url').readUInt32BE(33);
    for (const [counts, expected] of [
      [true, [2, 3]],
      [false, [0, 0]],
    ] as const) {
      const device = createSoftwareAuthenticator({ counts });
      const { id } = device.create({ options: creationOptions(), origin: ORIGIN });
      const uses = [1, 2].map(() => device.use({ options: requestOptions(id), origin: ORIGIN }));
      expect(uses.map(({ response }) => countOf(response.authenticatorData))).toEqual(expected);
    }
  });
});

describe('one fault changes one thing', () => {
  test('a fault that would not show is refused', () => {
    const device = createSoftwareAuthenticator({ attestation: 'packed-self' });
    const create = (breaks: CreateFault) => () => device.create({ options: creationOptions(), origin: ORIGIN, breaks });
    expect(create('none-with-statement')).toThrow(TypeError);
    expect(create('attestation-aaguid')).toThrow(TypeError);
    expect(create('attestation-signature')).not.toThrow();
  });

  const seeded = () => {
    let next = 0;
    return (bytes: number) => Buffer.alloc(bytes, next++);
  };
  const clientDataOf = (credential: { response: { clientDataJSON: string } }) =>
    JSON.parse(Buffer.from(credential.response.clientDataJSON, 'base64url').toString()) as Record<string, unknown>;

  test.each<[CreateFault & UseFault, Record<string, unknown>]>([
    ['wrong-type', { type: 'webauthn.get' }],
    ['wrong-origin', { origin: 'https://other.example' }],
    ['cross-origin', { crossOrigin: true }],
    ['top-origin', { topOrigin: 'https://other.example' }],
  ])('%s', (breaks, change) => {
    const options = creationOptions();
    const make = (fault?: CreateFault) =>
      createSoftwareAuthenticator({ random: seeded() }).create({ options, origin: ORIGIN, breaks: fault });
    expect(clientDataOf(make(breaks))).toEqual({ ...clientDataOf(make()), ...change });
  });

  test.each<[UseFault, number]>([
    ['user-not-present', 0x04],
    ['user-not-verified', 0x01],
    ['backed-up-but-not-eligible', 0x15],
  ])('%s', (breaks, flags) => {
    const device = createSoftwareAuthenticator();
    const { id } = device.create({ options: creationOptions(), origin: ORIGIN });
    const { response } = device.use({ options: requestOptions(id), origin: ORIGIN, breaks });
    expect(Buffer.from(response.authenticatorData, 'base64url')[32]).toBe(flags);
  });
});

describe('a credential in a store', () => {
  test.each(['ES256', 'EdDSA', 'RS256'] as const)('is JSON, and signs the same after it: %s', (algorithm) => {
    const first = createSoftwareAuthenticator({ algorithm });
    const { id } = first.create({ options: creationOptions(), origin: ORIGIN });
    const stored = JSON.parse(JSON.stringify(first.credentials.map(storeCredential)));
    const second = createSoftwareAuthenticator({ algorithm, held: stored.map(restoreCredential) });
    const { response } = second.use({ options: requestOptions(id), origin: ORIGIN });
    const [authData, clientData, signature] = [
      response.authenticatorData,
      response.clientDataJSON,
      response.signature,
    ].map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer];
    const signed = Buffer.concat([authData, hash('sha256', clientData, 'buffer')]);
    const publicKey = first.credentials[0]?.keyPair.publicKey;
    if (publicKey === undefined) throw new Error('It holds one.');
    expect(verify(algorithm === 'EdDSA' ? null : 'sha256', signed, publicKey, signature)).toBe(true);
  });

  test('is excluded from another creation', () => {
    const first = createSoftwareAuthenticator();
    const { id } = first.create({ options: creationOptions(), origin: ORIGIN });
    const second = createSoftwareAuthenticator({ held: first.credentials });
    const excludeCredentials = [{ type: 'public-key' as const, id }];
    expect(() => second.create({ options: creationOptions({ excludeCredentials }), origin: ORIGIN })).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
  });
});
