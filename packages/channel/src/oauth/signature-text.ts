/**
 * What an OAuth 1.0a signature covers, and the header that carries it (RFC 5849), without cryptography: for signers with cryptography of their
 * own, such as a browser. Uses nothing of Node.
 */
import { buildAuthorization, type Parameter } from './authorization.ts';
import { readTarget, strictBaseString } from './base-string.ts';

export { percentEncode } from './percent-encoding.ts';

/** `oauth_signature_method`: RSASSA-PKCS1-v1_5, or RSASSA-PSS with a 32-byte salt and MGF1-SHA-256; both with SHA-256. */
export const SIGNATURE_METHODS = ['RSA-SHA256', 'RSA-PSS'] as const;
export type SignatureMethod = (typeof SIGNATURE_METHODS)[number];

/** The form of a consumer key and a nonce: printable ASCII without spaces, bounded because receivers look them up and store them. */
export const PARAMETER_FORM = /^[\x21-\x7e]{1,128}$/;

export interface SignatureFacts {
  /** Base64 of SHA-256 over the body's bytes; without a body, of the empty string. */
  readonly bodyHash: string;
  readonly consumerKey: string;
  readonly algorithm: SignatureMethod;
  readonly nonce: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly timestamp: number;
}

/** All parameters of the header but the signature. Checks nothing. */
export function listParameters(facts: SignatureFacts): readonly Parameter[] {
  return [
    ['oauth_body_hash', facts.bodyHash],
    ['oauth_consumer_key', facts.consumerKey],
    ['oauth_nonce', facts.nonce],
    ['oauth_signature_method', facts.algorithm],
    ['oauth_timestamp', String(facts.timestamp)],
    ['oauth_version', '1.0'],
  ];
}

export interface SignatureText {
  /** The text to sign. */
  readonly baseString: string;
  /** The value of the Authorization header. `signature` is base64. */
  readonly authorize: (signature: string) => string;
}

/**
 * The strict form of RFC 5849. `url` is absolute and in the form in which it is sent. Undefined if `url` cannot be signed, or the consumer key
 * or the nonce is not printable ASCII of 1 to 128 characters.
 */
export function buildSignatureText(
  request: SignatureFacts & { readonly method: string; readonly url: string },
): SignatureText | undefined {
  const target = readTarget(request.url);
  if (target === undefined || ![request.consumerKey, request.nonce].every((text) => PARAMETER_FORM.test(text)))
    return undefined;
  const parameters = listParameters(request);
  return {
    baseString: strictBaseString({ method: request.method.toUpperCase(), target, parameters }),
    authorize: (signature) => buildAuthorization([...parameters, ['oauth_signature', signature]]),
  };
}
