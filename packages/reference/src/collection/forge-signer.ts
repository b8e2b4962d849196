/**
 * Signs and encrypts with node-forge, in JavaScript alone: the script engines of API clients have no WebCrypto (postman-sandbox 4, which
 * Newman 6 runs). Slower than WebCrypto, and where the engine has no secure random numbers, forge's are seeded from Math.random: for a sandbox
 * and test data only.
 */
import { buildSignatureText } from '@payment-passkeys/channel/signature-text';
import 'node-forge/lib/aes.js';
import 'node-forge/lib/asn1.js';
import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/random.js';
import 'node-forge/lib/rsa.js';
import 'node-forge/lib/sha256.js';
import 'node-forge/lib/util.js';
import { findPlainBody } from '../encrypted-member.ts';
import { type EncryptionJwk, jweHeader, readEncryptionKey } from '../encryption-key.ts';
import { CANNOT_SIGN, type PlainRequest, type SignedRequest, type SigningClient } from '../outgoing.ts';
import { readPem } from '../private-key.ts';

/** `keySet` is the answer of GET /keys/encryption; only a body with a plain `encryptedData` needs it. Throws with a sentence for the developer. */
export function signAndEncrypt(options: {
  readonly request: PlainRequest;
  readonly client: SigningClient;
  readonly keySet: unknown;
  readonly now: Date;
}): SignedRequest {
  const { request, client, keySet, now } = options;
  const plain = findPlainBody(request.body);
  const body = plain === undefined ? request.body : plain.withJwe(encrypt(plain.payload, readEncryptionKey(keySet)));
  const text = buildSignatureText({
    ...request,
    bodyHash: forge.util.encode64(sha256(body).digest().getBytes()),
    consumerKey: client.consumerKey,
    algorithm: 'RSA-SHA256',
    nonce: forge.util.bytesToHex(forge.random.getBytesSync(16)),
    timestamp: Math.floor(now.getTime() / 1000),
  });
  if (text === undefined) throw new Error(CANNOT_SIGN);
  const signature = readPrivateKey(client.privateKey).sign(sha256(text.baseString));
  return { authorization: text.authorize(forge.util.encode64(signature)), body };
}

/** A compact JWE: RSA-OAEP-256, A256GCM. */
function encrypt(payload: unknown, jwk: EncryptionJwk): string {
  const header = toBase64Url(forge.util.encodeUtf8(jweHeader(jwk)));
  const contentKey = forge.random.getBytesSync(32);
  const iv = forge.random.getBytesSync(12);
  const cipher = forge.cipher.createCipher('AES-GCM', contentKey);
  cipher.start({ iv, additionalData: header, tagLength: 128 });
  cipher.update(forge.util.createBuffer(forge.util.encodeUtf8(JSON.stringify(payload))));
  cipher.finish();
  const encryptedKey = readPublicKey(jwk).encrypt(contentKey, 'RSA-OAEP', {
    md: forge.md.sha256.create(),
    mgf1: { md: forge.md.sha256.create() },
  });
  const segments = [encryptedKey, iv, cipher.output.getBytes(), cipher.mode.tag.getBytes()];
  return [header, ...segments.map(toBase64Url)].join('.');
}

function sha256(text: string) {
  return forge.md.sha256.create().update(forge.util.encodeUtf8(text));
}

function readPublicKey({ n, e }: EncryptionJwk) {
  const [modulus, exponent] = [n, e].map((part) => {
    return new forge.jsbn.BigInteger(forge.util.bytesToHex(fromBase64Url(part)), 16);
  });
  if (modulus === undefined || exponent === undefined) throw new Error('The encryption key has no modulus.');
  return forge.pki.rsa.setPublicKey(modulus, exponent);
}

function readPrivateKey(pem: string) {
  return forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(forge.util.decode64(readPem(pem).der)));
}

function fromBase64Url(text: string): string {
  // forge decodes wrongly without padding.
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  return forge.util.decode64(padded.replaceAll('-', '+').replaceAll('_', '/'));
}

function toBase64Url(bytes: string): string {
  return forge.util.encode64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
