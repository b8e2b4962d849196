/** What differs between networks: addresses, paths, names on the wire, request signatures and encryption of payloads. */
import {
  buildOurWire,
  OUR_FIELDS,
  readBaseAddress,
  rules,
  signingKeysUrl,
  type WireFields,
  type WireProfile,
} from '@payment-passkeys/kit';
import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { checkGiven, guard, IssuerError } from '../errors.ts';

export type { WireFields };

/** A network's profile, as `ourNetwork` and `mastercard` return it. You can write your own: `createIssuer` checks it. */
export interface NetworkProfile extends WireProfile<SrcSessionInitiationRequestInfo> {
  readonly proof: ProofPolicy;
  /**
   * Whether the network has the calls after the binding: `sessions`, `bindings`, `accounts` and `events` of the issuer. If not, the calls
   * reject with `CALL_NOT_OFFERED` and the sentence `instead`. Undefined means not offered.
   */
  readonly lifecycle?: { readonly offered: true } | { readonly offered: false; readonly instead: string };
}

/**
 * Who verifies the proof of a callback. There is no default: it is a decision about liability.
 * - `ISSUER`: the kit verifies it before it asks the network to bind: signature by the network's published key, `iss`, `aud`, time,
 * session.
 * - `NETWORK`: the network verifies it when it binds, and the enrolment counts only then. The kit only checks that the proof claims the
 * `audience`, this session and a recent time. It cannot detect a forgery; the network does.
 */
export type ProofPolicy =
  | {
      readonly verify: 'ISSUER';
      /** The `aud` of proofs, as agreed at onboarding. */
      readonly audience: string;
      /** The `iss` of proofs. */
      readonly issuer: string;
      /** The address of the JWK set with the keys that verify proofs. */
      readonly keySetUrl: string;
    }
  | { readonly verify: 'NETWORK'; readonly audience: string };

/** The {@link ProofPolicy} of a network with a known key set and issuer. */
export type ProofChoice =
  | { readonly verify: 'ISSUER'; readonly audience: string }
  | { readonly verify: 'NETWORK'; readonly audience: string };

/** This project's network: one address for page, APIs and key sets. Throws IssuerError `INVALID_OPTIONS`. */
export function ourNetwork(options: {
  /** Its PUBLIC_URL, such as `https://verify.network.example`. */
  readonly url: string;
  readonly proof: ProofChoice;
}): NetworkProfile {
  checkGiven(options, { name: 'ourNetwork', fields: {} });
  const { url, proof } = options;
  const apiUrl = readBase('url', url);
  const { origin } = new URL(apiUrl);
  return checkProfile({
    ...buildOurWire(apiUrl, ['PROOF_INVALID', 'PROOF_EXPIRED', 'PROOF_MISMATCH']),
    // A caller without types may omit it; checkProfile then refuses it.
    proof: proof?.verify === 'ISSUER' ? { ...proof, issuer: origin, keySetUrl: signingKeysUrl(apiUrl) } : proof,
    lifecycle: { offered: true },
  });
}

const { aFunction, anObject, anyText, fields, listOf, oneOf, optional, rule, text } = rules;

/** A host's own profile may be written without types. Its addresses and its proof policy are checked below. */
const PROFILE: rules.Rules = {
  paths: fields({ sessions: anyText, authenticators: anyText }),
  signature: fields({ dialect: oneOf(['RFC_5849', 'MASTERCARD']), method: oneOf(['RSA-SHA256', 'RSA-PSS']) }),
  encryption: fields({ content: oneOf(['A128GCM', 'A256GCM']), key: anObject }),
  fields: fields(Object.fromEntries(Object.keys(OUR_FIELDS).map((name) => [name, text(64)]))),
  shapeSessionInfo: aFunction,
  sessionConstants: anObject,
  proofRefusals: listOf(text(64)),
  lifecycle: optional(fields({ offered: rule('must be true or false', (value) => typeof value === 'boolean') })),
};

/**
 * Checks a profile: every address is https (http for localhost), the page's is an origin, and the policy is one of the two and names an
 * audience.
 */
export function checkProfile(profile: NetworkProfile): NetworkProfile {
  checkGiven(profile, { name: 'network', fields: PROFILE });
  const { proof, encryption, paths } = profile;
  const pageOrigin = readBase('pageOrigin', profile.pageOrigin);
  if (new URL(pageOrigin).origin !== pageOrigin) throw invalid('pageOrigin must be an origin, without a path');
  if ('keySetUrl' in encryption.key) readBase('the key set to encrypt with', encryption.key.keySetUrl);
  if (proof?.verify !== 'ISSUER' && proof?.verify !== 'NETWORK') {
    throw invalid("proof.verify must say who verifies proofs: 'ISSUER' or 'NETWORK'");
  }
  checkGiven({ proof }, { name: 'network', fields: { proof: fields({ audience: text(255) }) } });
  if (proof.verify === 'ISSUER') {
    checkGiven({ proof }, { name: 'network', fields: { proof: fields({ issuer: text(255) }) } });
    readBase('proof.keySetUrl', proof.keySetUrl);
  }
  for (const path of Object.values(paths)) {
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) throw invalid('paths must start with a slash and have no query');
  }
  return { ...profile, apiUrl: readBase('apiUrl', profile.apiUrl), pageOrigin };
}

function readBase(name: string, text: string): string {
  return guard(() => readBaseAddress(name, text));
}

function invalid(message: string): IssuerError {
  return new IssuerError('INVALID_OPTIONS', message);
}
