/** What differs between networks on the wire. */
import type { ContentEncryption, PublishedKey, SignatureDialect, SignatureMethod } from '@payment-passkeys/channel';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';

/** The addresses, names and algorithms of a network. `Info` is what a Sessions request encrypts. */
export interface WireProfile<Info> {
  /** Base of Sessions and Authenticators, without a slash at its end: https, or http of localhost. */
  readonly apiUrl: string;
  /** Below `apiUrl`, with a slash at their start. */
  readonly paths: { readonly sessions: string; readonly authenticators: string };
  /** The hosted page's origin: the only place a browser is sent to. */
  readonly pageOrigin: string;
  readonly signature: { readonly dialect: SignatureDialect; readonly method: SignatureMethod };
  readonly encryption: {
    readonly content: ContentEncryption;
    /** A published JWK set to fetch, or a key that was handed over at onboarding. */
    readonly key: { readonly keySetUrl: string } | { readonly handedOver: PublishedKey };
  };
  readonly fields: WireFields;
  /** Builds the object that is encrypted from ours. */
  readonly shapeSessionInfo: (info: Info) => unknown;
  /** Added to every Sessions request beside the fields above, such as a service's id; never anything of a cardholder. */
  readonly sessionConstants: Readonly<Record<string, unknown>>;
  /** The reasons with which Authenticators refuses the proof, not the call. Then the callback is ignored and nothing ends. */
  readonly proofRefusals: readonly string[];
}

/** For each top-level field of the four messages: our name, and the network's. */
export interface WireFields {
  /** Sessions, request. */
  readonly clientSessionId: string;
  readonly authenticationReasons: string;
  readonly srcSessionInitiationRequestInfo: string;
  /** In the latter: the compact JWE. */
  readonly encryptedData: string;
  /** Sessions, answer; the first also in the Authenticators request. */
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

/** This project's network at `apiUrl`, an address that was checked: pages, APIs and key sets are all there. */
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

/** Where this project's network publishes the keys of its proofs. */
export function signingKeysUrl(apiUrl: string): string {
  return `${apiUrl}/.well-known/jwks.json`;
}
