/** Signs a request: OAuth 1.0a, one-legged, with a body hash (contract §6). */
import { hash, type KeyObject } from 'node:crypto';
import { epochSeconds } from '@payment-passkeys/protocol';
import { ChannelError } from '../channel-error.ts';
import { type RsaScheme, type Signer, signRsa } from '../rsa.ts';
import { buildAuthorization, type Parameter } from './authorization.ts';
import { libraryBaseString, readTarget, strictBaseString } from './base-string.ts';
import { listParameters, PARAMETER_FORM, percentEncode, type SignatureMethod } from './signature-text.ts';

export const SCHEME_OF_METHOD = {
  'RSA-SHA256': 'PKCS1',
  'RSA-PSS': 'PSS',
} as const satisfies Record<SignatureMethod, RsaScheme>;

/**
 * `RFC_5849`: exactly as RFC 5849. `MASTERCARD`: as Mastercard's own libraries sign and its gateway checks. Both are equally strong; the
 * signed texts differ.
 */
export type SignatureDialect = 'RFC_5849' | 'MASTERCARD';

export interface RequestToSign {
  readonly method: string;
  /** An absolute address; signed as `fetch` sends it, without its fragment. */
  readonly url: string;
  /** The exact bytes that are sent, after encryption and serialisation; text is encoded as UTF-8. Empty for a request without a body. */
  readonly body: string | Uint8Array;
  /** Printable ASCII, at most 128 characters. */
  readonly consumerKey: string;
  /** An RSA private key, or a {@link Signer} that holds one. */
  readonly signingKey: KeyObject | Signer;
  readonly algorithm: SignatureMethod;
  readonly now: Date;
  /** Unique per consumer key and second; printable ASCII, at most 128 characters. */
  readonly nonce: string;
  /** RFC_5849 by default, which our network accepts; Mastercard's own gateway checks the other one. */
  readonly dialect?: SignatureDialect;
}

/**
 * Returns the value of the request's Authorization header.
 * @throws {ChannelError} URL_INVALID, PARAMETER_INVALID
 */
export async function signRequest(request: RequestToSign): Promise<string> {
  const { consumerKey, signingKey, algorithm, now, nonce, dialect = 'RFC_5849' } = request;
  if (!PARAMETER_FORM.test(consumerKey) || !PARAMETER_FORM.test(nonce) || !Number.isFinite(now.getTime())) {
    throw new ChannelError('PARAMETER_INVALID', 'Consumer key, nonce or time cannot stand in an Authorization header.');
  }
  const bodyHash = hashBody(request.body);
  const parameters = listParameters({ bodyHash, consumerKey, algorithm, nonce, timestamp: epochSeconds(now) });
  const input = { method: request.method.toUpperCase(), target: targetOf(request.url), parameters };
  const baseString = dialect === 'RFC_5849' ? strictBaseString(input) : libraryBaseString(input);
  const data = Buffer.from(baseString);
  const signature = await signRsa({ data, key: signingKey, scheme: SCHEME_OF_METHOD[algorithm] });
  const signed: readonly Parameter[] = [...parameters, ['oauth_signature', signature.toString('base64')]];
  return dialect === 'RFC_5849' ? buildAuthorization(signed) : buildLibraryAuthorization(signed);
}

/** Base64 of SHA-256 over the raw bytes; without a body, of the empty string. */
export function hashBody(body: string | Uint8Array): string {
  return hash('sha256', body, 'base64');
}

function targetOf(url: string) {
  const { href = '' } = URL.parse(url) ?? {};
  const target = readTarget(href.includes('#') ? href.slice(0, href.indexOf('#')) : href);
  if (target === undefined)
    throw new ChannelError('URL_INVALID', 'The address to sign is not an absolute http(s) URL.');
  return target;
}

/** The header as mastercard-oauth1-signer writes it: all values raw, only the signature encoded. */
function buildLibraryAuthorization(parameters: readonly Parameter[]): string {
  const written = parameters.map(([name, value]) => {
    return `${name}="${name === 'oauth_signature' ? percentEncode(value) : value}"`;
  });
  return `OAuth ${written.join(',')}`;
}
