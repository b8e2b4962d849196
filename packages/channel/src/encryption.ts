/**
 * Payload encryption (contract §6): compact JWE, RSA-OAEP-256 with A128GCM or A256GCM. Writes strictly, and reads what the official clients
 * write.
 */
import {
  type CipherGCMTypes,
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { decodeAnyBase64 } from './base64.ts';
import { withOptions } from './key-options.ts';
import { certificateFingerprint, checkCertificate, spkiFingerprint } from './keys.ts';

export type ContentEncryption = 'A128GCM' | 'A256GCM';

const CONTENT_ENCRYPTIONS = {
  A128GCM: { cipher: 'aes-128-gcm', keyBytes: 16 },
  A256GCM: { cipher: 'aes-256-gcm', keyBytes: 32 },
} as const satisfies Record<ContentEncryption, { readonly cipher: CipherGCMTypes; readonly keyBytes: number }>;

/** RFC 7518 §5.3: 96 bits. */
const IV_BYTES = 12;
/** The accepted lengths: the official libraries for Node and Java write 128 bits. */
const IV_BYTES_TAKEN: readonly number[] = [12, 16];
/** A constant, never read from the message: a tag of 4 bytes would give only 32 bits of protection. */
const TAG_BYTES = 16;
const MAX_JWE_LENGTH = 256 * 1024;
const forOaep = withOptions({ padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' });

export interface EncryptionRecipient {
  /** The `kid` with which the recipient published the key. */
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/**
 * Encrypts a payload strictly by RFC 7516: 12-byte IV, 16-byte tag, base64url without padding. Bytes are encrypted unchanged, anything else
 * as its JSON. Key and IV are always fresh and cannot be passed in.
 */
export function encryptPayload(options: {
  readonly payload: unknown;
  readonly key: EncryptionRecipient;
  readonly encryption: ContentEncryption;
}): string {
  const { payload, key, encryption } = options;
  const { cipher: name, keyBytes } = CONTENT_ENCRYPTIONS[encryption];
  const plaintext = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  const header = { kid: key.kid, cty: 'application/json', alg: 'RSA-OAEP-256', enc: encryption };
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url');
  const random = randomBytes(keyBytes + IV_BYTES);
  const contentKey = random.subarray(0, keyBytes);
  const iv = random.subarray(keyBytes);
  const cipher = createCipheriv(name, createSecretKey(contentKey), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(protectedHeader, 'ascii'));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const encryptedKey = publicEncrypt(forOaep(key.publicKey), contentKey);
  const segments = [encryptedKey, iv, ciphertext, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'));
  return [protectedHeader, ...segments].join('.');
}

/** A private key that is ready to decrypt, and the key ids that a sender may use for it. */
export interface DecryptionKey {
  readonly kid: string;
  /**
   * The accepted key ids: the key's `kid`, the lower-case hex SHA-256 of its SubjectPublicKeyInfo, and the SHA-256 of its certificate in
   * hex and in base64. The official libraries write one of these, by `publicKeyFingerprintType` and `dataEncoding`.
   */
  readonly keyIds: ReadonlySet<string>;
  /** Decrypts a content key with RSA-OAEP-256. Throws if it was not encrypted to this key. Synchronous: 0.3 ms. */
  readonly unwrapKey: (encryptedKey: Uint8Array) => Uint8Array;
}

/**
 * Prepares a private key once, for its whole time of use.
 * @throws {ChannelError} KEY_UNREADABLE, CERTIFICATE_MISMATCH
 */
export function buildDecryptionKey(options: {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** PEM; if the key was published with a certificate. */
  readonly certificate?: string;
}): DecryptionKey {
  const { kid, privateKey, certificate } = options;
  const publicKey = createPublicKey(privateKey);
  const keyIds = new Set([kid, spkiFingerprint(publicKey)]);
  if (certificate !== undefined) {
    checkCertificate(certificate, publicKey);
    keyIds.add(certificateFingerprint(certificate, 'hex')).add(certificateFingerprint(certificate, 'base64'));
  }
  return { kid, keyIds, unwrapKey: (encryptedKey) => privateDecrypt(forOaep(privateKey), encryptedKey) };
}

export type Decryption =
  | { readonly ok: true; readonly plaintext: Buffer }
  | { readonly ok: false; readonly code: 'DECRYPTION_FAILED' }
  /** `offered` names the keys that are accepted. */
  | { readonly ok: false; readonly code: 'UNKNOWN_KEY_ID'; readonly offered: readonly string[] };

const FAILED = { ok: false, code: 'DECRYPTION_FAILED' } as const;

/**
 * Decrypts a compact JWE. Accepted: RSA-OAEP-256 with A128GCM or A256GCM; an IV of 12 or 16 bytes; base64 in either alphabet; a tag of 16
 * bytes. Refused: every other algorithm, `zip`, `crit`. Every failure after the `kid` has the same code, and a key that does not unwrap is
 * reported only after an attempt to decrypt the content (RFC 7516 §11.5). Never throws.
 */
export async function decryptPayload(options: {
  readonly jwe: string;
  readonly keys: readonly DecryptionKey[];
}): Promise<Decryption> {
  const message = readJwe(options.jwe);
  if (message === undefined) return FAILED;
  const key = options.keys.find(({ keyIds }) => keyIds.has(message.kid));
  if (key === undefined) return { ok: false, code: 'UNKNOWN_KEY_ID', offered: options.keys.map(({ kid }) => kid) };
  const plaintext = decryptContent(message, unwrapOrReplace(message, key));
  return plaintext === undefined ? FAILED : { ok: true, plaintext };
}

/** The content key; if it does not unwrap, or has another length, a random one that opens nothing. */
function unwrapOrReplace({ encryptedKey, keyBytes }: JweMessage, { unwrapKey }: DecryptionKey): Uint8Array {
  try {
    const unwrapped = unwrapKey(encryptedKey);
    if (unwrapped.length === keyBytes) return unwrapped;
  } catch {
    // The caller goes on with the substitute.
  }
  return randomBytes(keyBytes);
}

interface JweMessage {
  readonly kid: string;
  readonly cipher: CipherGCMTypes;
  readonly keyBytes: number;
  /** The protected header's characters as they arrived (RFC 7516 §5.2 step 15), in any alphabet. */
  readonly additionalData: Buffer;
  readonly encryptedKey: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function readJwe(jwe: string): JweMessage | undefined {
  if (jwe.length > MAX_JWE_LENGTH) return undefined;
  const segments = jwe.split('.');
  if (segments.length !== 5) return undefined;
  const [headerBytes, encryptedKey, iv, ciphertext, tag] = segments.map(decodeAnyBase64);
  if (!headerBytes || !encryptedKey || !iv || !ciphertext || !tag) return undefined;
  if (!IV_BYTES_TAKEN.includes(iv.length) || tag.length !== TAG_BYTES) return undefined;
  const header = readHeader(headerBytes);
  if (header === undefined || header.alg !== 'RSA-OAEP-256' || typeof header.kid !== 'string') return undefined;
  if ('zip' in header || 'crit' in header) return undefined;
  if (!isContentEncryption(header.enc)) return undefined;
  const additionalData = Buffer.from(segments[0] ?? '', 'ascii');
  return { ...CONTENT_ENCRYPTIONS[header.enc], kid: header.kid, additionalData, encryptedKey, iv, ciphertext, tag };
}

function isContentEncryption(enc: unknown): enc is ContentEncryption {
  return typeof enc === 'string' && Object.hasOwn(CONTENT_ENCRYPTIONS, enc);
}

function readHeader(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function decryptContent(message: JweMessage, contentKey: Uint8Array): Buffer | undefined {
  try {
    const decipher = createDecipheriv(message.cipher, createSecretKey(contentKey), message.iv, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(message.additionalData);
    decipher.setAuthTag(message.tag);
    const plaintext = decipher.update(message.ciphertext);
    decipher.final(); // verifies the tag; GCM has no bytes left to return
    return plaintext;
  } catch {
    return undefined;
  }
}
