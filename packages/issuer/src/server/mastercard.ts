/**
 * The profile for Mastercard's endpoints. Mastercard's public documentation for issuers shows the flow, but not every address and field. So
 * each value below is marked: [C] confirmed by that documentation or by Mastercard's own libraries; [A] assumed: compare it with the values
 * from Mastercard's onboarding, and override it if it differs. docs/moving-to-mastercard.md lists them all.
 */

import {
  findCertificate,
  type PublishedKey,
  readKeySet,
  readPublicKey,
  spkiFingerprint,
} from '@payment-passkeys/channel';
import { OUR_FIELDS, rules } from '@payment-passkeys/kit';
import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { checkGiven, IssuerError } from '../errors.ts';
import { checkProfile, type NetworkProfile, type ProofPolicy, type WireFields } from './profile.ts';

const ENVIRONMENTS = {
  sandbox: {
    // [C] for the Enroll APIs of the same product; [A] for Sessions and Authenticators.
    apiUrl: 'https://sandbox.api.mastercard.com/src/api/digital/payments',
    // [A] The published sample proof has this issuer, a host of the staging environment.
    pageOrigin: 'https://stage.verify.mastercard.com',
  },
  production: {
    apiUrl: 'https://api.mastercard.com/src/api/digital/payments', // [C] and [A] as above
    pageOrigin: 'https://verify.mastercard.com', // [C]
  },
} as const;

/** [A] The documentation names the two APIs and shows no path. */
const PATHS = { sessions: '/authentication/sessions', authenticators: '/authentication/authenticators' };

/** [C] Since September 2026: binding management of MDES Customer Service, another product with its own onboarding and keys. */
const INSTEAD =
  "for Mastercard, search an account's bindings and update their status with binding management of MDES Customer Service";

/** The options of {@link mastercard}. docs/moving-to-mastercard.md says which values are confirmed and which are assumed. */
export interface MastercardOptions {
  readonly environment: 'sandbox' | 'production';
  /**
   * The client encryption key of the project from Mastercard: the certificate (PEM), with the `kid` if it is not the key's SHA-256
   * fingerprint, or a JWK.
   */
  readonly encryptionKey:
    | { readonly certificate: string; readonly kid?: string }
    | { readonly jwk: Readonly<Record<string, unknown>> };
  /**
   * Who verifies proofs; no default. The published sample has the `aud` `https://mastercard.com`, Mastercard's own back end, and no public
   * key set is documented. `NETWORK` fits that; `ISSUER` needs a key set from Mastercard.
   */
  readonly proof:
    | (Omit<Extract<ProofPolicy, { verify: 'ISSUER' }>, 'issuer'> & {
        /** The issuer of proofs; by default the page's origin, as in the published sample. */
        readonly issuer?: string;
      })
    | Extract<ProofPolicy, { verify: 'NETWORK' }>;
  readonly apiUrl?: string;
  readonly paths?: Partial<NetworkProfile['paths']>;
  readonly pageOrigin?: string;
  readonly fields?: Partial<WireFields>;
  readonly sessionConstants?: Readonly<Record<string, unknown>>;
  /** Converts the object to the network's form before it is encrypted; by default unchanged. */
  readonly shapeSessionInfo?: (info: SrcSessionInitiationRequestInfo) => unknown;
  /** A256GCM by default, as in Mastercard's client-encryption libraries; its reference app uses A128GCM. */
  readonly contentEncryption?: NetworkProfile['encryption']['content'];
  readonly proofRefusals?: readonly string[];
}

/** Throws IssuerError `INVALID_OPTIONS`. */
export function mastercard(options: MastercardOptions): NetworkProfile {
  checkGiven(options, { name: 'mastercard', fields: MASTERCARD_OPTIONS });
  const defaults = ENVIRONMENTS[options.environment];
  const pageOrigin = options.pageOrigin ?? defaults.pageOrigin;
  const { proof } = options;
  return checkProfile({
    apiUrl: options.apiUrl ?? defaults.apiUrl,
    paths: { ...PATHS, ...options.paths },
    pageOrigin,
    // [C] OAuth 1.0a with a body hash, values encoded once, as in Mastercard's signer libraries and its gateway.
    signature: { dialect: 'MASTERCARD', method: 'RSA-SHA256' },
    encryption: {
      content: options.contentEncryption ?? 'A256GCM',
      key: { handedOver: readEncryptionKey(options.encryptionKey) },
    },
    fields: { ...OUR_FIELDS, ...options.fields },
    shapeSessionInfo: options.shapeSessionInfo ?? ((info) => info),
    sessionConstants: options.sessionConstants ?? {},
    proofRefusals: options.proofRefusals ?? ['PROOF_INVALID', 'PROOF_EXPIRED', 'PROOF_MISMATCH'],
    proof: proof?.verify === 'ISSUER' ? { issuer: pageOrigin, ...proof } : proof,
    lifecycle: { offered: false, instead: INSTEAD },
  });
}

const { aFunction, anObject, anyText, fields, listOf, oneOf, optional } = rules;

const MASTERCARD_OPTIONS: rules.Rules = {
  environment: oneOf(Object.keys(ENVIRONMENTS)),
  encryptionKey: (value, name) =>
    typeof value === 'object' && value !== null && 'jwk' in value
      ? fields({ jwk: anObject })(value, name)
      : fields({ certificate: anyText, kid: optional(anyText) })(value, name),
  proof: anObject,
  apiUrl: optional(anyText),
  paths: optional(anObject),
  pageOrigin: optional(anyText),
  fields: optional(anObject),
  sessionConstants: optional(anObject),
  shapeSessionInfo: optional(aFunction),
  contentEncryption: optional(anyText),
  proofRefusals: optional(listOf(anyText)),
};

function readEncryptionKey(given: MastercardOptions['encryptionKey']): PublishedKey {
  if ('jwk' in given) {
    const reading = readKeySet({ keys: [{ use: 'enc', ...given.jwk }] });
    const key = reading.ok ? reading.keys[0] : undefined;
    if (key !== undefined && key.use === 'enc') return key;
    throw new IssuerError('INVALID_OPTIONS', 'encryptionKey.jwk must be an RSA key of 2048 bits or more, with its kid');
  }
  try {
    const publicKey = readPublicKey(given.certificate);
    const certificate = findCertificate(given.certificate);
    if (certificate === undefined) throw new TypeError('It is a bare key.');
    // [C] The libraries' default kid: SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex.
    return { kid: given.kid ?? spkiFingerprint(publicKey), use: 'enc', publicKey, certificate };
  } catch (cause) {
    throw new IssuerError('INVALID_OPTIONS', 'encryptionKey.certificate must be a PEM certificate of an RSA key', {
      cause,
    });
  }
}
