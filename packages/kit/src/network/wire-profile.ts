/** What differs between networks on the wire. */
import type { ContentEncryption, PublishedKey, SignatureDialect, SignatureMethod } from '@payment-passkeys/channel';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';

/** The addresses, names and algorithms of a network. `Info` is what a Sessions request encrypts. */
export interface WireProfile<Info> {
  /** Base address of Sessions and Authenticators, without a slash at the end: https, or http for localhost. */
  readonly apiUrl: string;
  /** Relative to `apiUrl`; each starts with a slash. */
  readonly paths: { readonly sessions: string; readonly authenticators: string };
  /** The hosted page's origin: browsers are sent nowhere else. */
  readonly pageOrigin: string;
  readonly signature: { readonly dialect: SignatureDialect; readonly method: SignatureMethod };
  readonly encryption: {
    readonly content: ContentEncryption;
    /** A published JWK set to fetch, or a key from onboarding. */
    readonly key: { readonly keySetUrl: string } | { readonly handedOver: PublishedKey };
  };
  readonly fields: WireFields;
  /** Converts our object to the network's; the result is encrypted. */
  readonly shapeSessionInfo: (info: Info) => unknown;
  /** Constant fields of every Sessions request, such as a service's id; never data of a cardholder. */
  readonly sessionConstants: Readonly<Record<string, unknown>>;
  /**
   * The reasons with which Authenticators refuses the proof, as opposed to the call. The callback is then ignored, and the enrolment or
   * payment stays pending.
   */
  readonly proofRefusals: readonly string[];
}

/** For each top-level field of the four messages: our name, and the network's. */
export interface WireFields {
  /** Sessions, request. */
  readonly clientSessionId: string;
  readonly authenticationReasons: string;
  readonly srcSessionInitiationRequestInfo: string;
  /** The compact JWE within it. */
  readonly encryptedData: string;
  /** Sessions, answer; `authenticationSessionId` is also in the Authenticators request. */
  readonly authenticationSessionId: string;
  readonly uri: string;
  /** Authenticators, request. */
  readonly proofOfAuthentication: string;
  /** Authenticators, answer. */
  readonly credentialId: string;
  readonly bindingId: string;
}

/** The names that this project's network uses. */
export const OUR_FIELDS: WireFields = {
  clientSessionId: 'clientSessionId',
  authenticationReasons: 'authenticationReasons',
  srcSessionInitiationRequestInfo: 'srcSessionInitiationRequestInfo',
  encryptedData: 'encryptedData',
  authenticationSessionId: 'authenticationSessionId',
  uri: 'uri',
  proofOfAuthentication: 'proofOfAuthentication',
  credentialId: 'credentialId',
  bindingId: 'bindingId',
};

/** The profile of this project's network at `apiUrl`, an address that was checked. Pages, APIs and key sets are all there. */
export function buildOurWire<Info>(apiUrl: string, proofRefusals: readonly string[]): WireProfile<Info> {
  return {
    apiUrl,
    paths: { sessions: SESSIONS_PATH, authenticators: AUTHENTICATORS_PATH },
    pageOrigin: new URL(apiUrl).origin,
    signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    encryption: { content: 'A256GCM', key: { keySetUrl: `${apiUrl}/keys/encryption` } },
    fields: OUR_FIELDS,
    shapeSessionInfo: (info) => info,
    sessionConstants: {},
    proofRefusals,
  };
}

/** The address at which this project's network publishes the keys of its proofs. */
export function signingKeysUrl(apiUrl: string): string {
  return `${apiUrl}/.well-known/jwks.json`;
}
