/** RSA keys and certificates: read once from PEM, made, and named by their fingerprints. */
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

/** A key pair that signs; `kid` is how it is published. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A key pair that payloads are encrypted to, with the certificate that its clients configure. */
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
 * Whether the modulus of an RSA key can be a product of two large primes: an even one is factored already, and not every OpenSSL refuses
 * it. Costs an export, so it is asked when a key is read, not when it is used.
 */
export function hasOddModulus(key: KeyObject): boolean {
  const { n = '' } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return ((Buffer.from(n, 'base64url').at(-1) ?? 0) & 1) === 1;
}

/** What may hold a public key, by its PEM label; `X509 CERTIFICATE` is the old name (RFC 7468 §5.1). */
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
 * A public key from a PEM text ({@link readPemBlocks}): the first SubjectPublicKeyInfo, PKCS#1 key or X.509 certificate, whose validity
 * and issuer are not checked. A text that holds a private key as well is refused: its public half would be given away with it.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPublicKey(pem: string): KeyObject {
  const block = findPublicBlock(pem);
  return checkKey(parse(() => PUBLIC_READERS.get(block.label)?.(block.der)));
}

/**
 * What is kept of a PEM text that somebody handed in: the certificate that {@link readPublicKey} reads, or the key as SubjectPublicKeyInfo,
 * encoded anew. Nothing that stood around it, or behind it in its block, is in the result.
 * @throws {ChannelError} as {@link readPublicKey}
 */
export function pickPublicPem(pem: string): string {
  const publicKey = readPublicKey(pem);
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
 * A private key from a PEM text ({@link readPemBlocks}): PKCS#8 or PKCS#1, unencrypted. Certificates beside it are ignored, as
 * `openssl pkcs12 -nodes` writes them; a second private key is refused, because it could not be told which is meant.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPrivateKey(pem: string): KeyObject {
  const [block, ...more] = readPemBlocks(pem).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (more.length > 0) throw new ChannelError('KEY_UNREADABLE', 'The PEM holds more than one private key.');
  return checkKey(parse(() => block && PRIVATE_READERS.get(block.label)?.(block.der)));
}

function parse(read: () => KeyObject | undefined): KeyObject {
  const key = attempt(read);
  if (key === undefined) throw new ChannelError('KEY_UNREADABLE', 'The PEM does not hold a key that can be read.');
  return key;
}

/** OpenSSL's own error is no help, and is not kept: it may quote what it was given. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function checkKey(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') {
    throw new ChannelError(
      'KEY_TYPE_NOT_ALLOWED',
      `The key is ${key.asymmetricKeyType ?? 'of no known type'}; RSA is expected.`,
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
 * A certificate that is of this key. Its issuer and its dates are not checked.
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
 * The certificates of a PEM text ({@link readPemBlocks}), in order, one at least. Nothing of them is checked.
 * @throws {ChannelError} KEY_UNREADABLE, also where the text holds a private key
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

/** The certificate that {@link readPublicKey} takes the key from; undefined where the text holds a bare key first, or nothing readable. */
export function findCertificate(pem: string): X509Certificate | undefined {
  const block = attempt(() => findPublicBlock(pem));
  return block?.label.endsWith('CERTIFICATE') ? attempt(() => new X509Certificate(block.der)) : undefined;
}

function readCertificate(pem: string): X509Certificate {
  return readCertificates(pem)[0] as X509Certificate; // one at least
}

const generatePair = promisify(generateKeyPair);

/** An RSA-2048 pair, named by its {@link spkiFingerprint}. Takes some 0.2 s of one of libuv's threads. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generatePair('rsa', { modulusLength: MODULUS_BITS });
  return { kid: spkiFingerprint(publicKey), privateKey, publicKey };
}

/** An RSA-2048 pair and its self-signed certificate, which serves to carry the key: nobody has to trust it by itself. */
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
  // Loaded here and not above: only who makes a key needs it, and it costs 85 ms and a global (reflect-metadata).
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
