/** The key pairs of a software authenticator: generation, encoding as COSE_Key (RFC 9052 §7), signing. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type CborValue, encodeCbor } from './cbor.ts';

/** ES256 is P-256, EdDSA is Ed25519, RS256 has a modulus of 2,048 bits. */
export type AuthenticatorAlgorithm = 'ES256' | 'EdDSA' | 'RS256';

export const COSE_ALGORITHMS = { ES256: -7, EdDSA: -8, RS256: -257 } as const satisfies Record<
  AuthenticatorAlgorithm,
  number
>;

export interface KeyPair {
  readonly algorithm: AuthenticatorAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function generateKeyPair(algorithm: AuthenticatorAlgorithm): KeyPair {
  switch (algorithm) {
    case 'ES256':
      return { algorithm, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { algorithm, ...generateKeyPairSync('ed25519') };
    case 'RS256':
      return { algorithm, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  }
}

/** The public key as COSE_Key, in CTAP2's order of labels. `alg` may differ from the key's. */
export function encodePublicKey({ algorithm, publicKey }: KeyPair, alg: number = COSE_ALGORITHMS[algorithm]): Buffer {
  const jwk = publicKey.export({ format: 'jwk' });
  const member = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  switch (algorithm) {
    case 'ES256':
      return coseKey([1, 2], [3, alg], [-1, 1], [-2, member(jwk.x)], [-3, member(jwk.y)]);
    case 'EdDSA':
      return coseKey([1, 1], [3, alg], [-1, 6], [-2, member(jwk.x)]);
    case 'RS256':
      return coseKey([1, 3], [3, alg], [-1, member(jwk.n)], [-2, member(jwk.e)]);
  }
}

/** A WebAuthn signature (L3 §6.5.5): in DER for ECDSA, unwrapped for the other algorithms. */
export function signWith(
  { algorithm, privateKey }: Pick<KeyPair, 'algorithm' | 'privateKey'>,
  data: Uint8Array,
): Buffer {
  return sign(algorithm === 'EdDSA' ? null : 'sha256', data, privateKey);
}

function coseKey(...members: readonly (readonly [number, CborValue])[]): Buffer {
  return encodeCbor(new Map(members));
}
