/** Signs and encrypts with WebCrypto, in the page: the private key is imported as not extractable and does not leave it. */
import { buildSignatureText } from '@payment-passkeys/channel/signature-text';
import { fromBase64, toBase64, toBase64Url, utf8, type WebKey } from './bytes.ts';
import { findPlainBody } from './encrypted-member.ts';
import { type EncryptionJwk, jweHeader } from './encryption-key.ts';
import { CANNOT_SIGN, type PlainRequest, type SignedRequest } from './outgoing.ts';
import { readPem } from './private-key.ts';

/** Throws, with a sentence for the developer, unless `pem` is an RSA private key. */
export async function importSigningKey(pem: string): Promise<WebKey> {
  const { der, form } = readPem(pem);
  if (form === 'PKCS1')
    throw new Error(
      'A PKCS#1 key cannot be used in a browser: openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem',
    );
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return crypto.subtle.importKey('pkcs8', fromBase64(der), algorithm, false, ['sign']).catch((cause: unknown) => {
    throw new Error('That is no RSA private key in PKCS#8.', { cause });
  });
}

/** The body as it is sent. `encryptionKey` is called only if the body has a plain `encryptedData`. Throws with a sentence for the developer. */
export async function encryptBody(body: string, encryptionKey: () => Promise<EncryptionJwk>): Promise<string> {
  const plain = findPlainBody(body);
  return plain === undefined ? body : plain.withJwe(await encrypt(plain.payload, await encryptionKey()));
}

/** Signs by OAuth 1.0a; the body as {@link encryptBody} makes it. Throws with a sentence for the developer. */
export async function signAndEncrypt(options: {
  readonly request: PlainRequest;
  readonly client: { readonly consumerKey: string; readonly privateKey: WebKey };
  readonly encryptionKey: () => Promise<EncryptionJwk>;
  readonly now: Date;
}): Promise<SignedRequest> {
  const { request, client, encryptionKey, now } = options;
  const body = await encryptBody(request.body, encryptionKey);
  const text = buildSignatureText({
    ...request,
    bodyHash: toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(body)))),
    consumerKey: client.consumerKey,
    algorithm: 'RSA-SHA256',
    nonce: crypto.randomUUID(),
    timestamp: Math.floor(now.getTime() / 1000),
  });
  if (text === undefined) throw new Error(CANNOT_SIGN);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', client.privateKey, utf8(text.baseString));
  return { authorization: text.authorize(toBase64(new Uint8Array(signature))), body };
}

/** A compact JWE: RSA-OAEP-256, A256GCM. WebCrypto's ciphertext ends with the tag. */
async function encrypt(payload: unknown, { kid, n, e }: EncryptionJwk): Promise<string> {
  const { subtle } = crypto;
  const header = toBase64Url(utf8(jweHeader({ kid, n, e })));
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const recipient = await subtle.importKey('jwk', { kty: 'RSA', n, e }, algorithm, false, ['encrypt']);
  const contentKey = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const cipher = await subtle.importKey('raw', contentKey, 'AES-GCM', false, ['encrypt']);
  const parameters = { name: 'AES-GCM', iv, additionalData: utf8(header), tagLength: 128 };
  const sealed = new Uint8Array(await subtle.encrypt(parameters, cipher, utf8(JSON.stringify(payload))));
  const encryptedKey = new Uint8Array(await subtle.encrypt('RSA-OAEP', recipient, contentKey));
  const segments = [encryptedKey, iv, sealed.subarray(0, -16), sealed.subarray(-16)];
  return [header, ...segments.map(toBase64Url)].join('.');
}
