/** Reads a signing key from a PKCS#12 file (RFC 7292), as Mastercard's portal, OpenSSL, Java and Windows write it. */
import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { rules } from '@payment-passkeys/kit';
import forge from 'node-forge';
import { checkGiven, IssuerError } from '../errors.ts';

const { asn1 } = forge;
type Asn1 = forge.asn1.Asn1;

/**
 * The RSA private key of a PKCS#12 file: the only one, or the one with that alias (friendlyName). A line break after the file is ignored.
 * Neither file nor password is kept. Throws IssuerError `INVALID_OPTIONS`: a wrong password, not PKCS#12, no such key, or more than one such
 * key.
 */
export function readPkcs12(options: {
  readonly file: Uint8Array;
  readonly password: string;
  readonly alias?: string;
}): KeyObject {
  checkGiven(options, { name: 'readPkcs12', fields: PKCS12_OPTIONS });
  const { file, password, alias } = options;
  const keys = readKeys(file, password).filter(({ names }) => alias === undefined || names.includes(alias));
  const [found, ...more] = keys;
  if (found === undefined) throw invalid(alias === undefined ? 'it holds no RSA key' : 'it holds no key of that alias');
  if (more.length > 0) throw invalid('it holds more than one key: name the alias');
  return found.key;
}

const PKCS12_OPTIONS: rules.Rules = {
  file: rules.rule('must be a Uint8Array', (value) => value instanceof Uint8Array),
  password: rules.anyText,
  alias: rules.optional(rules.anyText),
};

interface NamedKey {
  readonly key: KeyObject;
  readonly names: readonly string[];
}

function readKeys(file: Uint8Array, password: string): readonly NamedKey[] {
  try {
    // PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }
    const [, contentInfo, mac] = membersOf(parse(Buffer.from(file)));
    const authSafe = contentOf(contentInfo);
    if (mac !== undefined && !isMacOf(mac, { content: authSafe, password })) throw new Error('The MAC is another one.');
    return membersOf(asn1.fromDer(authSafe)).flatMap((safe) => readBags(openSafe(safe, password), password));
  } catch {
    // The original error is dropped: it may quote the file.
    throw invalid('it cannot be read with this password');
  }
}

/** An editor or a shell may append line breaks to a file: at most this many bytes are dropped. */
const MAX_TRAILING = 4;

function parse(file: Buffer, dropped = 0): Asn1 {
  try {
    return asn1.fromDer(file.toString('binary'));
  } catch (error) {
    const last = file.at(-1);
    if ((last !== 0x0a && last !== 0x0d) || dropped === MAX_TRAILING) throw error;
    return parse(file.subarray(0, -1), dropped + 1);
  }
}

/** The SafeContents of a ContentInfo: `data` is plain; `encryptedData` is decrypted. */
function openSafe(contentInfo: Asn1, password: string): Asn1 {
  const [type] = membersOf(contentInfo);
  if (oidOf(type) === forge.pki.oids.data) return asn1.fromDer(contentOf(contentInfo));
  if (oidOf(type) !== forge.pki.oids.encryptedData) throw new Error('A safe of another kind.');
  // EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, algorithm, [0] IMPLICIT content } }
  const [, encrypted] = membersOf(explicitOf(contentInfo));
  const [, algorithm, content] = membersOf(encrypted);
  return decrypt(algorithm, octetsOf(content), password);
}

/** SafeContents ::= SEQUENCE OF SEQUENCE { bagId, [0] EXPLICIT value, attributes SET OPTIONAL } */
function readBags(safeContents: Asn1, password: string): readonly NamedKey[] {
  return membersOf(safeContents).flatMap((bag) => {
    const [id, , attributes] = membersOf(bag);
    const kind = oidOf(id);
    if (kind === forge.pki.oids.safeContentsBag) return readBags(explicitOf(bag), password);
    if (kind !== forge.pki.oids.keyBag && kind !== forge.pki.oids.pkcs8ShroudedKeyBag) return [];
    const [algorithm, content] = membersOf(explicitOf(bag));
    const info = kind === forge.pki.oids.keyBag ? explicitOf(bag) : decrypt(algorithm, octetsOf(content), password);
    const key = createPrivateKey({
      key: Buffer.from(asn1.toDer(info).getBytes(), 'binary'),
      format: 'der',
      type: 'pkcs8',
    });
    return key.asymmetricKeyType === 'rsa' ? [{ key, names: readNames(attributes) }] : [];
  });
}

/** Attribute ::= SEQUENCE { id, SET OF value }. The value of a friendlyName is a BMPString, which forge decodes. */
function readNames(attributes: Asn1 | undefined): readonly string[] {
  if (attributes === undefined) return [];
  return membersOf(attributes).flatMap((attribute) => {
    const [id, values] = membersOf(attribute);
    if (oidOf(id) !== forge.pki.oids.friendlyName) return [];
    return membersOf(values).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  });
}

/**
 * PBES2 (RFC 8018 §6.2) hashes the password's UTF-8, as OpenSSL and Java do. The older schemes of PKCS#12 hash its UTF-16 (RFC 7292
 * appendix B.1), and forge does that conversion itself. Each part of a file may use either.
 */
function decrypt(algorithm: Asn1 | undefined, content: string, password: string): Asn1 {
  const [scheme] = membersOf(algorithm);
  if (algorithm === undefined) throw new Error('There is no algorithm.');
  const octets = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, content);
  const encrypted = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [algorithm, octets]);
  const secret = oidOf(scheme) === forge.pki.oids.pkcs5PBES2 ? forge.util.encodeUtf8(password) : password;
  return forge.pki.decryptPrivateKeyInfo(encrypted, secret);
}

const MAC_DIGESTS: ReadonlyMap<string, { readonly name: string; readonly create: () => forge.md.MessageDigest }> =
  new Map([
    ['1.3.14.3.2.26', { name: 'sha1', create: () => forge.md.sha1.create() }],
    ['2.16.840.1.101.3.4.2.1', { name: 'sha256', create: () => forge.md.sha256.create() }],
    ['2.16.840.1.101.3.4.2.2', { name: 'sha384', create: () => forge.md.sha384.create() }],
    ['2.16.840.1.101.3.4.2.3', { name: 'sha512', create: () => forge.md.sha512.create() }],
  ]);

/**
 * MacData ::= SEQUENCE { SEQUENCE { digest algorithm, digest }, salt, iterations DEFAULT 1 }. Its key is derived as in RFC 7292 appendix B.
 */
function isMacOf(mac: Asn1, { content, password }: { readonly content: string; readonly password: string }): boolean {
  const [digestInfo, salt, iterations] = membersOf(mac);
  const [algorithm, digest] = membersOf(digestInfo);
  const hash = MAC_DIGESTS.get(oidOf(membersOf(algorithm)[0]));
  if (hash === undefined) return false;
  const expected = Buffer.from(octetsOf(digest), 'binary');
  const rounds = iterations === undefined ? 1 : asn1.derToInteger(octetsOf(iterations));
  const saltBytes = forge.util.createBuffer(octetsOf(salt));
  const md = hash.create();
  const key = forge.pkcs12.generateKey(password, saltBytes, 3, rounds, md.digestLength, md);
  const computed = createHmac(hash.name, Buffer.from(key.getBytes(), 'binary')).update(content, 'binary').digest();
  return computed.length === expected.length && timingSafeEqual(computed, expected);
}

function membersOf(element: Asn1 | undefined): readonly Asn1[] {
  if (element === undefined || typeof element.value === 'string') throw new Error('ASN.1: members are expected.');
  return element.value;
}

/** The content of the `[0] EXPLICIT` at the second place. */
function explicitOf(element: Asn1 | undefined): Asn1 {
  const [inner] = membersOf(membersOf(element)[1]);
  if (inner === undefined) throw new Error('ASN.1: a value is expected.');
  return inner;
}

/** The content of a ContentInfo of type `data`. */
function contentOf(contentInfo: Asn1 | undefined): string {
  if (oidOf(membersOf(contentInfo)[0]) !== forge.pki.oids.data) throw new Error('Of no known integrity mode.');
  return octetsOf(explicitOf(contentInfo));
}

/** Joins the pieces of an OCTET STRING: BER allows pieces, and streaming writers use them. */
function octetsOf(element: Asn1 | undefined): string {
  if (element === undefined) throw new Error('ASN.1: octets are expected.');
  const { value } = element;
  return typeof value === 'string' ? value : value.map(octetsOf).join('');
}

function oidOf(element: Asn1 | undefined): string {
  return asn1.derToOid(octetsOf(element));
}

function invalid(problem: string): IssuerError {
  return new IssuerError('INVALID_OPTIONS', `the PKCS#12 file: ${problem}`);
}
