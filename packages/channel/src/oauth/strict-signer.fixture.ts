/**
 * A signer and its valid request, for tests of the verifier. It is independent of the code under test: it implements RFC 5849 a second time, with
 * URLSearchParams, escape tables and node:crypto's synchronous calls.
 */
import { constants, createHash, createSign, type KeyObject } from 'node:crypto';
import { generateSigningKey } from '../keys.ts';
import { type ReceivedRequest, readSignedRequest, type SignatureVerdict, verifySignature } from './verify.ts';

export const { privateKey, publicKey } = await generateSigningKey();
export const other = await generateSigningKey();
export const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const ORIGIN = 'https://verify.example';
export const CONSUMER_KEY = `${'a'.repeat(48)}!${'b'.repeat(48)}`;
export const NOW = new Date('2026-11-24T12:00:00Z');
export const SECONDS = NOW.getTime() / 1000;

/** RFC 5849 §3.6. */
export function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

export interface StrictRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  /** Added to the usual parameters; undefined removes one. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly key: KeyObject;
}

/** RFC 5849 §3.4 and §3.5.1; the PSS salt's length may be changed. */
export function signStrictly({ method, url, body, parameters, key }: StrictRequest, saltLength = 32): string {
  const chosen: Record<string, string | undefined> = {
    oauth_consumer_key: CONSUMER_KEY,
    oauth_nonce: 'n0nce',
    oauth_signature_method: 'RSA-SHA256',
    oauth_timestamp: String(SECONDS),
    oauth_version: '1.0',
    oauth_body_hash: createHash('sha256').update(body).digest('base64'),
    ...parameters,
  };
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(chosen)) if (value !== undefined) all[name] = value;
  const parsed = new URL(url);
  const pairs = [...parsed.searchParams, ...Object.entries(all)].map(
    ([name, value]) => [encode(name), encode(value)] as const,
  );
  const normalized = pairs
    .sort(
      ([a, x], [b, y]) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)) || Buffer.compare(Buffer.from(x), Buffer.from(y)),
    )
    .map((pair) => pair.join('='))
    .join('&');
  const baseString = `${method}&${encode(parsed.origin + parsed.pathname)}&${encode(normalized)}`;
  const pss = all.oauth_signature_method === 'RSA-PSS';
  const signature = createSign('sha256')
    .update(baseString)
    .sign(pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : key, 'base64');
  return `OAuth ${Object.entries({ ...all, oauth_signature: signature })
    .map(([name, value]) => `${name}="${encode(value)}"`)
    .join(', ')}`;
}

export const BODY = Buffer.from('{"srcSessionInitiationRequestInfo":{"encryptedData":"…"}}');

export function validRequest(changes: Partial<StrictRequest> = {}): ReceivedRequest {
  const request = {
    method: 'POST',
    url: `${ORIGIN}/authentication/sessions`,
    body: BODY,
    parameters: {},
    key: privateKey,
    ...changes,
  };
  return {
    method: request.method,
    url: request.url,
    body: request.body,
    authorization: signStrictly(request),
    now: NOW,
  };
}

export async function verify(
  received: ReceivedRequest,
  publicKeys: readonly KeyObject[] = [publicKey],
): Promise<SignatureVerdict> {
  const reading = readSignedRequest(received);
  return reading.ok ? verifySignature({ request: reading.request, publicKeys }) : reading;
}

export const accepted = (verdict: SignatureVerdict) => (verdict.ok ? 'accepted' : verdict.code);

/** The header with one parameter's text changed; undefined removes it. */
export function withParameter(received: ReceivedRequest, name: string, text: string | undefined): ReceivedRequest {
  const pairs = (received.authorization ?? '').slice('OAuth '.length).split(', ');
  const changed = pairs.flatMap((pair) =>
    pair.startsWith(`${name}=`) ? (text === undefined ? [] : [`${name}="${text}"`]) : [pair],
  );
  return { ...received, authorization: `OAuth ${changed.join(', ')}` };
}
