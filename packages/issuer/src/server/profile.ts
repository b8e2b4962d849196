/** What differs between networks, in one place: addresses, paths, names on the wire, how requests are signed and payloads encrypted. */
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

/** A network, as `ourNetwork` and `mastercard` describe it. You can write one of your own: `createIssuer` checks it. */
export interface NetworkProfile extends WireProfile<SrcSessionInitiationRequestInfo> {
  readonly proof: ProofPolicy;
}

/**
 * Who verifies the proof that a callback brings. There is no default: it is a decision about liability.
 * - `ISSUER`: the kit does, before the network is asked to bind: signature by the network's published key, `iss`, `aud`, time, session.
 * - `NETWORK`: the network does, when it is asked to bind, and nothing counts until it has. The kit only looks whether the proof says that
 *   it is for that audience, of this session and not too old; it cannot tell a forged one, the network's refusal can.
 */
export type ProofPolicy =
  | {
      readonly verify: 'ISSUER';
      /** The `aud` of proofs, as agreed at onboarding. */
      readonly audience: string;
      /** The `iss` of proofs. */
      readonly issuer: string;
      /** Where the keys are published that proofs are verified with: a JWK set. */
      readonly keySetUrl: string;
    }
  | { readonly verify: 'NETWORK'; readonly audience: string };

/** The choice as it is made for a network whose key set and issuer are known. */
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
    // A caller without types may leave it out; checkProfile refuses that.
    proof: proof?.verify === 'ISSUER' ? { ...proof, issuer: origin, keySetUrl: signingKeysUrl(apiUrl) } : proof,
  });
}

const { aFunction, anObject, anyText, fields, listOf, oneOf, text } = rules;

/** A profile of one's own may be written without types. Its addresses and its proof policy are looked at below. */
const PROFILE: rules.Rules = {
  paths: fields({ sessions: anyText, authenticators: anyText }),
  signature: fields({ dialect: oneOf(['RFC_5849', 'MASTERCARD']), method: oneOf(['RSA-SHA256', 'RSA-PSS']) }),
  encryption: fields({ content: oneOf(['A128GCM', 'A256GCM']), key: anObject }),
  fields: fields(Object.fromEntries(Object.keys(OUR_FIELDS).map((name) => [name, text(64)]))),
  shapeSessionInfo: aFunction,
  sessionConstants: anObject,
  proofRefusals: listOf(text(64)),
};

/** Every address is https (http of localhost), the page's is an origin, the policy is one of the two and names an audience. */
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
