/**
 * The profile for Mastercard's endpoints. Its public documentation for issuers shows the flow and not every address and field, so each
 * value below is marked: [C] confirmed by that documentation or Mastercard's own libraries, [A] assumed here, to be compared with what
 * Mastercard gives a bank at onboarding and overridden where it differs. docs/moving-to-mastercard.md has them value by value.
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
    // [A] The published sample proof is issued by this host, of the staging environment.
    pageOrigin: 'https://stage.verify.mastercard.com',
  },
  production: {
    apiUrl: 'https://api.mastercard.com/src/api/digital/payments', // [C] and [A] as above
    pageOrigin: 'https://verify.mastercard.com', // [C]
  },
} as const;

/** [A] The documentation names the two APIs and shows no path. */
const PATHS = { sessions: '/authentication/sessions', authenticators: '/authentication/authenticators' };

/** What {@link mastercard} needs. docs/moving-to-mastercard.md says which values are confirmed and which are assumed. */
export interface MastercardOptions {
  readonly environment: 'sandbox' | 'production';
  /**
   * The client encryption key of the project, as Mastercard hands it over: the certificate (PEM), with the `kid` where it is not the key's
   * SHA-256 fingerprint, or a JWK.
   */
  readonly encryptionKey:
    | { readonly certificate: string; readonly kid?: string }
    | { readonly jwk: Readonly<Record<string, unknown>> };
  /**
   * Who verifies proofs; no default. The published sample's `aud` is `https://mastercard.com`, Mastercard's own back end, and no public key
   * set is documented: `NETWORK` fits that, `ISSUER` needs a key set from Mastercard.
   */
  readonly proof:
    | (Omit<Extract<ProofPolicy, { verify: 'ISSUER' }>, 'issuer'> & {
        /** The page's origin unless said otherwise, as in the published sample. */
        readonly issuer?: string;
      })
    | Extract<ProofPolicy, { verify: 'NETWORK' }>;
  readonly apiUrl?: string;
  readonly paths?: Partial<NetworkProfile['paths']>;
  readonly pageOrigin?: string;
  readonly fields?: Partial<WireFields>;
  readonly sessionConstants?: Readonly<Record<string, unknown>>;
  /** Turns the encrypted object into the form that the network expects; unchanged by default. */
  readonly shapeSessionInfo?: (info: SrcSessionInitiationRequestInfo) => unknown;
  /** A256GCM, as Mastercard's client-encryption libraries write; A128GCM is seen in its reference app. */
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
    // [C] OAuth 1.0a with a body hash, values encoded once: what Mastercard's signer libraries send and its gateway checks.
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
