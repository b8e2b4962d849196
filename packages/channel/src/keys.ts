/** Keys and certificates: reads them from PEM, generates them, and computes their fingerprints. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hash,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import { ChannelError } from './channel-error.ts';
import { holdsPrivateKey, type PemBlock, readPemBlocks, writePem } from './pem.ts';

/** A key pair that signs, published with `kid`. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A key pair for the encryption of payloads, with the certificate that clients configure. */
export interface EncryptionKey extends SigningKey {
  /** PEM, self-signed. */
  readonly certificate: string;
}

const MODULUS_BITS = 2048;
/** NIST SP 800-56B rev. 2 §6.2: greater than 2^16. */
const MIN_PUBLIC_EXPONENT = 65537n;

/** Whether a key is RSA (not one restricted to PSS) of at least 2048 bits, with a public exponent of at least 65537. */
export function isStrongRsaKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return key.asymmetricKeyType === 'rsa' && modulusLength >= MODULUS_BITS && publicExponent >= MIN_PUBLIC_EXPONENT;
}

/**
 * Whether the modulus of an RSA key is odd. An even modulus is not a product of two large primes, and not every OpenSSL refuses it. The
 * check exports the key, so it runs when a key is read and not when it is used.
 */
export function hasOddModulus(key: KeyObject): boolean {
  const { n = '' } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return ((Buffer.from(n, 'base64url').at(-1) ?? 0) & 1) === 1;
}

/** How to read a public key, by PEM label; `X509 CERTIFICATE` is the old name (RFC 7468 §5.1). */
const PUBLIC_READERS: ReadonlyMap<string, (der: Buffer) => KeyObject> = new Map([
  ['PUBLIC KEY', (key: Buffer) => createPublicKey({ key, format: 'der', type: 'spki' })],
  ['RSA PUBLIC KEY', (key: Buffer) => createPublicKey({ key, format: 'der', type: 'pkcs1' })],
  ['CERTIFICATE', (der: Buffer) => new X509Certificate(der).publicKey],
  ['X509 CERTIFICATE', (der: Buffer) => new X509Certificate(der).publicKey],
]);
const PRIVATE_READERS: ReadonlyMap<string, (der: Buffer) => KeyObject> = new Map([
  ['PRIVATE KEY', (key: Buffer) => createPrivateKey({ key, format: 'der', type: 'pkcs8' })],
  ['RSA PRIVATE KEY', (key: Buffer) => createPrivateKey({ key, format: 'der', type: 'pkcs1' })],
  ['EC PRIVATE KEY', (key: Buffer) => createPrivateKey({ key, format: 'der', type: 'sec1' })],
]);

/**
 * Reads a public key from a PEM text ({@link readPemBlocks}): the first SubjectPublicKeyInfo, PKCS#1 key or X.509 certificate. The certificate's
 * validity and issuer are not checked. A text that also holds a private key is refused, because its sender discloses that key.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPublicKey(pem: string): KeyObject {
  return checkKey(readAnyPublicKey(pem), 'RSA is expected');
}

function readAnyPublicKey(pem: string): KeyObject {
  const block = findPublicBlock(pem);
  return parse(() => PUBLIC_READERS.get(block.label)?.(block.der));
}

/**
 * The part of a received PEM text that is stored: the certificate that {@link readPublicKey} reads, or the key as SubjectPublicKeyInfo,
 * encoded anew. The result contains nothing from outside the block, or from behind the key within it.
 * @throws {ChannelError} as {@link readPublicKey}
 */
export function pickPublicPem(pem: string): string {
  return encodePublic(pem, readPublicKey(pem));
}

/**
 * Reads a client's public key for OAuth 2.0 as {@link readPublicKey} does, and also an elliptic curve key on P-256.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readOAuth2Key(pem: string): KeyObject {
  const key = readAnyPublicKey(pem);
  return isP256(key) ? key : checkKey(key, 'RSA, or an elliptic curve key on P-256, is expected');
}

/**
 * {@link pickPublicPem} for a key that {@link readOAuth2Key} reads.
 * @throws {ChannelError} as {@link readOAuth2Key}
 */
export function pickOAuth2Pem(pem: string): string {
  return encodePublic(pem, readOAuth2Key(pem));
}

/** Whether a key is on the curve P-256, which OpenSSL calls prime256v1. */
export function isP256({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function encodePublic(pem: string, publicKey: KeyObject): string {
  const { label, der } = findPublicBlock(pem);
  return label.endsWith('CERTIFICATE')
    ? writePem({ label: 'CERTIFICATE', der: new X509Certificate(der).raw })
    : publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function findPublicBlock(pem: string): PemBlock {
  if (holdsPrivateKey(pem)) {
    throw new ChannelError('KEY_UNREADABLE', 'It holds a private key, where only the public half belongs.');
  }
  const block = readPemBlocks(pem).find(({ label }) => PUBLIC_READERS.has(label));
  if (block === undefined) throw new ChannelError('KEY_UNREADABLE', 'Not a PEM public key or certificate.');
  return block;
}

/**
 * Reads a private key of any kind from a PEM text ({@link readPemBlocks}): PKCS#8, PKCS#1 or SEC 1, unencrypted. Certificates in the text
 * are ignored (`openssl pkcs12 -nodes` writes them). A second private key is refused, because it is unclear which one is meant. Neither the
 * kind nor the strength of the key is checked.
 * @throws {ChannelError} KEY_UNREADABLE
 */
export function readAnyPrivateKey(pem: string): KeyObject {
  const [block, ...more] = readPemBlocks(pem).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (more.length > 0) throw new ChannelError('KEY_UNREADABLE', 'The PEM holds more than one private key.');
  return parse(() => block && PRIVATE_READERS.get(block.label)?.(block.der));
}

/**
 * Reads an RSA private key as {@link readAnyPrivateKey} does.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPrivateKey(pem: string): KeyObject {
  return checkKey(readAnyPrivateKey(pem), 'RSA is expected');
}

function parse(read: () => KeyObject | undefined): KeyObject {
  const key = attempt(read);
  if (key === undefined) throw new ChannelError('KEY_UNREADABLE', 'The PEM does not hold a key that can be read.');
  return key;
}

/** Drops OpenSSL's own error, because it may quote the input. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function checkKey(key: KeyObject, expected: string): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') {
    throw new ChannelError(
      'KEY_TYPE_NOT_ALLOWED',
      `The key is ${key.asymmetricKeyType ?? 'of no known type'}; ${expected}.`,
    );
  }
  if (!isStrongRsaKey(key)) {
    throw new ChannelError(
      'KEY_TOO_WEAK',
      `The key needs at least ${MODULUS_BITS} bits and a public exponent of 65537 or more.`,
    );
  }
  if (!hasOddModulus(key)) throw new ChannelError('KEY_TOO_WEAK', 'The modulus of the key is an even number.');
  return key;
}

/** Lower-case hex SHA-256 of the key's SubjectPublicKeyInfo: the `kid` that Mastercard's encryption libraries write by default. */
export function spkiFingerprint(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex');
}

/**
 * SHA-256 of the certificate's DER. Hex (lower case) and base64 are Mastercard's `publicKeyFingerprintType: "certificate"`;
 * base64url is `x5t#S256` (RFC 7517 §4.9).
 * @throws {ChannelError} KEY_UNREADABLE
 */
export function certificateFingerprint(pem: string, encoding: 'hex' | 'base64' | 'base64url'): string {
  return hash('sha256', readCertificate(pem).raw, encoding);
}

/**
 * Checks that a certificate belongs to this key. Its issuer and its dates are not checked.
 * @throws {ChannelError} KEY_UNREADABLE, CERTIFICATE_MISMATCH
 */
export function checkCertificate(pem: string, publicKey: KeyObject): X509Certificate {
  const certificate = readCertificate(pem);
  if (!certificate.publicKey.equals(publicKey)) {
    throw new ChannelError('CERTIFICATE_MISMATCH', 'The certificate is not of the key that it comes with.');
  }
  return certificate;
}

/**
 * The certificates of a PEM text ({@link readPemBlocks}), in order, at least one. Their content is not checked.
 * @throws {ChannelError} KEY_UNREADABLE, also if the text holds a private key
 */
export function readCertificates(pem: string): readonly X509Certificate[] {
  if (holdsPrivateKey(pem)) {
    throw new ChannelError('KEY_UNREADABLE', 'It holds a private key, where only certificates belong.');
  }
  const blocks = readPemBlocks(pem).filter(({ label }) => /^(X509 )?CERTIFICATE$/.test(label));
  const certificates = attempt(() => blocks.map(({ der }) => new X509Certificate(der))) ?? [];
  if (certificates.length === 0) throw new ChannelError('KEY_UNREADABLE', 'Not a PEM certificate.');
  return certificates;
}

/** The certificate from which {@link readPublicKey} reads the key; undefined if the text has a bare key first, or nothing readable. */
export function findCertificate(pem: string): X509Certificate | undefined {
  const block = attempt(() => findPublicBlock(pem));
  return block?.label.endsWith('CERTIFICATE') ? attempt(() => new X509Certificate(block.der)) : undefined;
}

function readCertificate(pem: string): X509Certificate {
  return readCertificates(pem)[0] as X509Certificate; // at least one
}

const generatePair = promisify(generateKeyPair);

/** Generates an RSA-2048 pair; its `kid` is its {@link spkiFingerprint}. Takes about 0.2 s on one of libuv's threads. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generatePair('rsa', { modulusLength: MODULUS_BITS });
  return { kid: spkiFingerprint(publicKey), privateKey, publicKey };
}

/** Generates an RSA-2048 pair and its self-signed certificate. The certificate only carries the key; it gives no trust by itself. */
export async function generateEncryptionKey(options: {
  readonly name: string;
  /** The certificate's subject and issuer, RFC 4514: `CN=verify.example`. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}): Promise<EncryptionKey> {
  const { privateKey, publicKey } = await generateSigningKey();
  return {
    kid: options.name,
    privateKey,
    publicKey,
    certificate: await selfSign({ ...options, privateKey, publicKey }),
  };
}

async function selfSign(options: {
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}): Promise<string> {
  // Loaded here because only key generation needs it: the import takes 85 ms and sets a global (reflect-metadata).
  await import('reflect-metadata');
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await import(
    '@peculiar/x509'
  );
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // RFC 5280 §4.1.2.2: positive, at most 20 bytes.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: options.subject,
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    signingAlgorithm: algorithm,
    keys: {
      privateKey: options.privateKey.toCryptoKey(algorithm, false, ['sign']),
      publicKey: options.publicKey.toCryptoKey(algorithm, true, ['verify']),
    },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyEncipherment, true),
    ],
  });
  return certificate.toString('pem');
}
