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
 * A public key from PEM: SubjectPublicKeyInfo, PKCS#1, or an X.509 certificate, whose validity and issuer are not checked.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPublicKey(pem: string): KeyObject {
  // createPublicKey would quietly derive the public half of a private key.
  if (!/^\s*-----BEGIN ((RSA )?PUBLIC KEY|CERTIFICATE)-----/.test(pem)) {
    throw new ChannelError('KEY_UNREADABLE', 'Not a PEM public key or certificate.');
  }
  return checkKey(parse(() => createPublicKey(pem.trim())));
}

/**
 * A private key from PEM: PKCS#8 or PKCS#1, unencrypted.
 * @throws {ChannelError} KEY_UNREADABLE, KEY_TYPE_NOT_ALLOWED, KEY_TOO_WEAK
 */
export function readPrivateKey(pem: string): KeyObject {
  return checkKey(parse(() => createPrivateKey(pem.trim())));
}

function parse(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch {
    // OpenSSL's own error is no help, and is not kept: it may quote what it was given.
    throw new ChannelError('KEY_UNREADABLE', 'The PEM does not hold a key that can be read.');
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

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ChannelError('KEY_UNREADABLE', 'Not a PEM certificate.');
  }
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
