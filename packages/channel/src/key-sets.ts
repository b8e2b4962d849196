/** JWK sets (RFC 7517): the network publishes its keys in them, and clients read them. */
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import { certificateFingerprint, checkCertificate, hasOddModulus, isStrongRsaKey } from './keys.ts';

export interface KeySet {
  readonly keys: readonly PublicJwk[];
}

export interface PublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly use: 'sig' | 'enc';
  readonly alg: 'RS256' | 'RSA-OAEP-256';
  readonly x5c?: readonly string[];
  readonly 'x5t#S256'?: string;
}

/** The set of `/.well-known/jwks.json`: its keys verify proofs. */
export function buildSigningKeySet(keys: readonly { readonly kid: string; readonly publicKey: KeyObject }[]): KeySet {
  return { keys: keys.map(({ kid, publicKey }) => ({ ...readModulus(publicKey), kid, use: 'sig', alg: 'RS256' })) };
}

/**
 * The set of `/keys/encryption`: clients encrypt payloads to its first key.
 * @throws {ChannelError} KEY_UNREADABLE, CERTIFICATE_MISMATCH
 */
export function buildEncryptionKeySet(
  keys: readonly { readonly kid: string; readonly publicKey: KeyObject; readonly certificate: string }[],
): KeySet {
  return {
    keys: keys.map(({ kid, publicKey, certificate }) => {
      const x509 = checkCertificate(certificate, publicKey);
      return {
        ...readModulus(publicKey),
        kid,
        use: 'enc',
        alg: 'RSA-OAEP-256',
        // Base64 with padding, not base64url: RFC 7517 §4.7.
        x5c: [x509.raw.toString('base64')],
        'x5t#S256': certificateFingerprint(certificate, 'base64url'),
      };
    }),
  };
}

function readModulus(publicKey: KeyObject): Pick<PublicJwk, 'kty' | 'n' | 'e'> {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { kty: 'RSA', n, e };
}

/** A key that a peer published, ready to verify or encrypt with. */
export interface PublishedKey {
  readonly kid: string;
  readonly use: 'sig' | 'enc';
  readonly publicKey: KeyObject;
  /** The key's certificate, if the set has one. Its issuer and its dates are not checked. */
  readonly certificate: X509Certificate | undefined;
}

export type KeySetReading =
  | { readonly ok: true; readonly keys: readonly PublishedKey[] }
  | { readonly ok: false; readonly code: 'KEY_SET_INVALID' };

const MAX_KEYS = 100;

/**
 * Reads a parsed JWK set. Leaves out keys that cannot be used, as RFC 7517 §5 recommends: not RSA, below 2048 bits, with an even modulus, without
 * `kid` or `use`, for another algorithm than RS256 or RSA-OAEP-256, or with a certificate of another key. Of two keys with the same `kid` and use,
 * the first counts. Never throws.
 */
export function readKeySet(json: unknown): KeySetReading {
  const entries = typeof json === 'object' && json !== null && 'keys' in json ? json.keys : undefined;
  if (!Array.isArray(entries) || entries.length > MAX_KEYS) return { ok: false, code: 'KEY_SET_INVALID' };
  const keys: PublishedKey[] = [];
  for (const entry of entries) {
    const key = readJwk(entry);
    if (key !== undefined && !keys.some(({ kid, use }) => kid === key.kid && use === key.use)) keys.push(key);
  }
  return { ok: true, keys };
}

const ALGORITHM_OF_USE = { sig: 'RS256', enc: 'RSA-OAEP-256' } as const;

function readJwk(entry: unknown): PublishedKey | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { kty, n, e, kid, use, alg, x5c } = entry as Readonly<Record<string, unknown>>;
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string' || typeof kid !== 'string' || kid === '') {
    return undefined;
  }
  if ((use !== 'sig' && use !== 'enc') || (alg !== undefined && alg !== ALGORITHM_OF_USE[use])) return undefined;
  try {
    const publicKey = createPublicKey({ key: { kty, n, e } satisfies JsonWebKey, format: 'jwk' });
    if (!isStrongRsaKey(publicKey) || !hasOddModulus(publicKey)) return undefined;
    const certificate = x5c === undefined ? undefined : readX5c(x5c);
    if (certificate !== undefined && !certificate.publicKey.equals(publicKey)) return undefined;
    return { kid, use, publicKey, certificate };
  } catch {
    return undefined;
  }
}

function readX5c(x5c: unknown): X509Certificate {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  return new X509Certificate(Buffer.from(String(first), 'base64'));
}

/** The first encryption key of a set with a certificate that is valid now, or without a certificate. */
export function findEncryptionKey(options: {
  readonly keys: readonly PublishedKey[];
  readonly now: Date;
}): PublishedKey | undefined {
  const now = options.now.getTime();
  return options.keys.find(
    ({ use, certificate }) =>
      use === 'enc' &&
      (certificate === undefined ||
        (certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime())),
  );
}
