/**
 * Checks a signed request in two stages, because the consumer key in it finds the public keys: {@link readSignedRequest} checks all that
 * needs no key, {@link verifySignature} the signature itself. The caller must store the nonce (per consumer key and timestamp).
 */
import type { KeyObject } from 'node:crypto';
import { epochSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { decodeBase64 } from '../base64.ts';
import { verifyRsa } from '../rsa.ts';
import { type Parameter, readAuthorization } from './authorization.ts';
import { type BaseStringInput, buildBaseStrings, readTarget } from './base-string.ts';
import { hashBody, SCHEME_OF_METHOD } from './signature.ts';
import { PARAMETER_FORM, SIGNATURE_METHODS, type SignatureMethod } from './signature-text.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** The receiver's own public origin, with path and query as they arrived. Never built from a Host header. */
  readonly url: string;
  /** The Authorization header's value. */
  readonly authorization: string | undefined;
  /** The raw bytes, before any parsing. */
  readonly body: Uint8Array;
  readonly now: Date;
}

/** A request that is well-formed and fresh, with a body that matches its hash. Its signature is not verified yet. */
export interface SignedRequest {
  readonly consumerKey: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly nonce: string;
  readonly signatureMethod: SignatureMethod;
  readonly signature: Uint8Array;
  /** The input of the base string, in either form. */
  readonly signed: BaseStringInput;
  /** Whether the values stand raw in the header, as Mastercard's libraries write them: then their form of the base string is tried first. */
  readonly rawHeader: boolean;
}

export type ParameterRefusal = 'MISSING_PARAMETER' | 'MALFORMED_PARAMETER' | 'DUPLICATE_PARAMETER';

export type SignatureRefusal = {
  readonly ok: false;
  /** A description of the fault, without any value of the request. */
  readonly description: string;
} & (
  | {
      readonly code:
        | 'MISSING_HEADER'
        | 'MALFORMED_HEADER'
        | 'MALFORMED_REQUEST'
        | 'UNSUPPORTED_METHOD'
        | 'UNSUPPORTED_VERSION'
        | 'BODY_HASH_MISMATCH'
        | 'TIMESTAMP_OUT_OF_RANGE';
    }
  | { readonly code: ParameterRefusal; readonly parameter: string }
  /** `baseStrings` help a developer, only in sandbox mode. */
  | { readonly code: 'SIGNATURE_MISMATCH'; readonly baseStrings: readonly string[] }
);
export type SignatureRefusalCode = SignatureRefusal['code'];

export type SignedRequestReading = { readonly ok: true; readonly request: SignedRequest } | SignatureRefusal;

export type SignatureVerdict =
  | { readonly ok: true; readonly consumerKey: string; readonly timestamp: number; readonly nonce: string }
  | SignatureRefusal;

/** The form of each required parameter but the signature. Bounded, because consumer key and nonce are looked up and stored. */
const REQUIRED_PARAMETERS: readonly (readonly [name: string, form: RegExp])[] = [
  ['oauth_consumer_key', PARAMETER_FORM],
  ['oauth_nonce', PARAMETER_FORM],
  ['oauth_signature_method', PARAMETER_FORM],
  ['oauth_timestamp', /^[0-9]{1,12}$/],
  ['oauth_body_hash', PARAMETER_FORM],
];

/** In characters of base64: a key of 16,384 bits. */
const MAX_SIGNATURE_LENGTH = 2732;

/**
 * Stage 1: checks the header's form, body hash, and timestamp (at most SIGNATURE_SKEW_SECONDS off, either way). Does not check the
 * signature, or whether the nonce was used before. Never throws.
 */
export function readSignedRequest(received: ReceivedRequest): SignedRequestReading {
  const header = readAuthorization(received.authorization);
  if (!header.ok) {
    return header.code === 'DUPLICATE_PARAMETER' ? refuseParameter(header.code, header.parameter) : refuse(header.code);
  }
  const { parameters } = header;
  for (const [name, form] of REQUIRED_PARAMETERS) {
    const value = parameters.get(name);
    if (value === undefined) return refuseParameter('MISSING_PARAMETER', name);
    if (!form.test(value)) return refuseParameter('MALFORMED_PARAMETER', name);
  }
  const required = (name: string) => parameters.get(name) ?? '';
  const encoded = parameters.get('oauth_signature');
  if (encoded === undefined) return refuseParameter('MISSING_PARAMETER', 'oauth_signature');
  const signature = encoded === '' || encoded.length > MAX_SIGNATURE_LENGTH ? undefined : decodeBase64(encoded);
  if (signature === undefined) return refuseParameter('MALFORMED_PARAMETER', 'oauth_signature');

  const signatureMethod = SIGNATURE_METHODS.find((method) => method === required('oauth_signature_method'));
  if (signatureMethod === undefined) return refuse('UNSUPPORTED_METHOD');
  // RFC 5849 §3.1: optional, and if present it must be 1.0.
  if ((parameters.get('oauth_version') ?? '1.0') !== '1.0') return refuse('UNSUPPORTED_VERSION');
  if (required('oauth_body_hash') !== hashBody(received.body)) return refuse('BODY_HASH_MISMATCH');
  const timestamp = Number(required('oauth_timestamp'));
  // Written so that an invalid clock (NaN) refuses.
  if (!(Math.abs(epochSeconds(received.now) - timestamp) <= SIGNATURE_SKEW_SECONDS)) {
    return refuse('TIMESTAMP_OUT_OF_RANGE');
  }

  const target = readTarget(received.url);
  if (target === undefined || !/^[A-Za-z-]{1,32}$/.test(received.method)) return refuse('MALFORMED_REQUEST');
  // RFC 5849 §3.1: each parameter at most once in a request, in the header or the query.
  const twice = target.queryParameters.find(([name]) => name.startsWith('oauth_') && parameters.has(name));
  if (twice !== undefined) return refuseParameter('DUPLICATE_PARAMETER', twice[0]);
  const toSign: readonly Parameter[] = [...parameters].filter(([name]) => name !== 'oauth_signature');
  return {
    ok: true,
    request: {
      consumerKey: required('oauth_consumer_key'),
      timestamp,
      nonce: required('oauth_nonce'),
      signatureMethod,
      signature,
      signed: { method: received.method.toUpperCase(), target, parameters: toSign },
      // The hash ends with `=`, which a strict signer escapes (RFC 5849 §3.5.1).
      rawHeader: received.authorization?.includes(`"${required('oauth_body_hash')}"`) ?? false,
    },
  };
}

/**
 * Stage 2: checks the signature, over either form of the base string, with each of the consumer key's public keys (two during a rotation;
 * refused if there are none). The keys must be RSA of at least 2048 bits, as `readPublicKey` ensures.
 */
export async function verifySignature(options: {
  readonly request: SignedRequest;
  readonly publicKeys: readonly KeyObject[];
}): Promise<SignatureVerdict> {
  const { consumerKey, timestamp, nonce, signature, signatureMethod, signed, rawHeader } = options.request;
  const scheme = SCHEME_OF_METHOD[signatureMethod];
  for (const baseString of buildBaseStrings(signed, rawHeader ? 'MASTERCARD' : 'RFC_5849')) {
    const data = Buffer.from(baseString);
    if (options.publicKeys.some((publicKey) => verifyRsa({ data, signature, publicKey, scheme }))) {
      return { ok: true, consumerKey, timestamp, nonce };
    }
  }
  return {
    ok: false,
    code: 'SIGNATURE_MISMATCH',
    baseStrings: [...buildBaseStrings(signed)],
    description: "The signature is not one of the consumer key's over this request.",
  };
}

const DESCRIPTIONS = {
  MISSING_HEADER: 'The request has no OAuth Authorization header.',
  MALFORMED_HEADER: 'The Authorization header is not a list of name="value" pairs.',
  MALFORMED_REQUEST: 'The method or the address of the request is not valid.',
  UNSUPPORTED_METHOD: 'oauth_signature_method has to be RSA-SHA256 or RSA-PSS.',
  UNSUPPORTED_VERSION: 'oauth_version has to be 1.0.',
  BODY_HASH_MISMATCH: 'oauth_body_hash is not the SHA-256 of the body that arrived.',
  TIMESTAMP_OUT_OF_RANGE: `oauth_timestamp has to be within ${SIGNATURE_SKEW_SECONDS} seconds of the time here.`,
} as const;

function refuse(code: keyof typeof DESCRIPTIONS): SignatureRefusal {
  return { ok: false, code, description: DESCRIPTIONS[code] };
}

const PARAMETER_DESCRIPTIONS = {
  MISSING_PARAMETER: 'is missing',
  MALFORMED_PARAMETER: 'does not have the expected form',
  DUPLICATE_PARAMETER: 'is there more than once',
} as const satisfies Record<ParameterRefusal, string>;

function refuseParameter(code: ParameterRefusal, parameter: string): SignatureRefusal {
  return { ok: false, code, parameter, description: `The parameter ${parameter} ${PARAMETER_DESCRIPTIONS[code]}.` };
}
