/** A certificate (RFC 5280 §4.1): the fields of node:crypto, and the fields and extensions that node:crypto does not show. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { MIN_RSA_BITS } from '../algorithms.ts';
import { isOfSmallOrder } from '../small-order.ts';
import {
  BIT_STRING,
  BOOLEAN,
  contentOf,
  type DerElement,
  findExplicit,
  isUniversal,
  membersOf,
  OCTET_STRING,
  readDer,
  readObjectIdentifier,
  readSmallInteger,
  SET,
} from './der.ts';

export interface CertificateExtension {
  readonly critical: boolean;
  /** Content of the extension's OCTET STRING. */
  readonly value: Buffer;
}

export interface Certificate {
  readonly der: Buffer;
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** 1 to 3. */
  readonly version: number;
  /** Object identifier and text of each attribute of the subject, in order. */
  readonly subject: readonly (readonly [string, string])[];
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
  /** The basic constraints; undefined where there are none. */
  readonly constraints: { readonly authority: boolean; readonly pathLength: number } | undefined;
  /** Whether both its signature algorithm and its key are strong. */
  readonly strong: boolean;
}

export const BASIC_CONSTRAINTS = '2.5.29.19';

/** With SHA-256 or longer digests: RSA (RFC 4055 §5), ECDSA (RFC 5758 §3.2), Ed25519, Ed448 (RFC 8410 §3). */
const STRONG_SIGNATURES: ReadonlySet<string> = new Set([
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
  ...['1.3.101.112', '1.3.101.113'],
]);
const STRONG_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Reads a DER certificate. Throws a SyntaxError, or node:crypto's error; nothing is verified. */
export function readCertificate(der: Uint8Array): Certificate {
  const bytes = Buffer.from(der);
  const x509 = new X509Certificate(bytes);
  const [body, algorithm, signature] = membersOf(readDer(bytes));
  // RFC 5280 §4.1.1.3. Unused bits in the signature would give the certificate a second encoding.
  if (contentOf(signature, BIT_STRING)[0] !== 0) throw new SyntaxError('DER: a signature of other than whole bytes.');
  const fields = membersOf(body);
  const versioned = findExplicit(fields, 0);
  // After the version: serial number, signature, issuer, validity, subject.
  const subject = fields[versioned === undefined ? 4 : 5];
  const extensions = readExtensions(findExplicit(fields, 3));
  const publicKey = x509.publicKey;
  return {
    der: bytes,
    x509,
    publicKey,
    version: versioned === undefined ? 1 : readSmallInteger(versioned) + 1,
    subject: readName(subject),
    extensions,
    constraints: readBasicConstraints(extensions.get(BASIC_CONSTRAINTS)),
    strong: STRONG_SIGNATURES.has(readObjectIdentifier(membersOf(algorithm)[0])) && isStrongKey(publicKey),
  };
}

/** The attributes of a Name (RFC 5280 §4.1.2.4), with their values read as UTF-8. Throws a SyntaxError. */
export function readName(name: DerElement | undefined): [string, string][] {
  return membersOf(name).flatMap((relative) =>
    membersOf(relative, SET).map((attribute): [string, string] => {
      const [type, value] = membersOf(attribute);
      return [readObjectIdentifier(type), value?.content.toString() ?? ''];
    }),
  );
}

function readExtensions(list: DerElement | undefined): Map<string, CertificateExtension> {
  const extensions = new Map<string, CertificateExtension>();
  for (const extension of list === undefined ? [] : membersOf(list)) {
    const [identifier, ...rest] = membersOf(extension);
    const oid = readObjectIdentifier(identifier);
    if (extensions.has(oid)) throw new SyntaxError('A certificate extension twice (RFC 5280 §4.2).');
    const critical = isUniversal(rest[0], BOOLEAN) && rest[0].content[0] !== 0;
    extensions.set(oid, { critical, value: contentOf(rest.at(-1), OCTET_STRING) });
  }
  return extensions;
}

/** RFC 5280 §4.2.1.9. */
function readBasicConstraints(extension: CertificateExtension | undefined): Certificate['constraints'] {
  if (extension === undefined) return undefined;
  const members = membersOf(readDer(extension.value));
  const authority = isUniversal(members[0], BOOLEAN) && members[0].content[0] !== 0;
  const length = isUniversal(members[0], BOOLEAN) ? members[1] : members[0];
  return { authority, pathLength: length === undefined ? Number.POSITIVE_INFINITY : readSmallInteger(length) };
}

function isStrongKey(key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= MIN_RSA_BITS && isOdd(member(key, 'n'));
  if (type === 'ec') return STRONG_CURVES.has(details?.namedCurve ?? '');
  if (type !== 'ed25519' && type !== 'ed448') return false;
  return !isOfSmallOrder(type, member(key, 'x'));
}

function member(key: KeyObject, name: 'n' | 'x'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');
}

function isOdd(bytes: Buffer): boolean {
  return ((bytes.at(-1) ?? 0) & 1) === 1;
}
