/**
 * What the profile `mastercard` assumes, as data: the table of docs/moving-to-mastercard.md has these rows, and the probe gives a verdict on
 * each. The texts are Markdown, as in the table.
 */

/** A value that Mastercard's public documentation shows, or one that this project assumes. */
export interface Assumption {
  readonly id: string;
  readonly value: string;
  readonly assumed: string;
  /** Whether it is confirmed, and by what. */
  readonly basis: string;
  /** The option of `mastercard` that changes it; empty if there is none. */
  readonly option: string;
}

/** In the order of the table. */
export const ASSUMPTIONS = [
  {
    id: 'api-base',
    value: 'API base',
    assumed:
      'sandbox `https://sandbox.api.mastercard.com/src/api/digital/payments`, production `https://api.mastercard.com/src/api/digital/payments`',
    basis: 'confirmed for the Enroll APIs of the same product; assumed for Sessions and Authenticators',
    option: '`apiUrl`',
  },
  {
    id: 'sessions-call',
    value: 'Sessions',
    assumed: 'POST `/authentication/sessions`',
    basis: 'name confirmed, path and method assumed',
    option: '`paths.sessions`',
  },
  {
    id: 'authenticators-call',
    value: 'Authenticators',
    assumed: 'POST `/authentication/authenticators`',
    basis: 'name confirmed, path and method assumed',
    option: '`paths.authenticators`',
  },
  {
    id: 'page-origin',
    value: 'hosted page',
    assumed: 'production `https://verify.mastercard.com`, sandbox `https://stage.verify.mastercard.com`',
    basis:
      'confirmed for production; assumed for the sandbox: the published sample proof was issued there, in the staging environment',
    option: '`pageOrigin`',
  },
  {
    id: 'launch-address',
    value: 'launch address',
    assumed: "taken from the answer's `uri`; the kit checks its origin, and its `clientId` if it has one",
    basis:
      "confirmed: `uri`, the path `/auth/passkeys` and the query parameters; assumed: its `clientId` is the bank's own",
    option: '`clientId`',
  },
  {
    id: 'signature',
    value: 'signature',
    assumed: 'OAuth 1.0a, RSA-SHA256, `oauth_body_hash`, values encoded once',
    basis: "confirmed, by the signer libraries and the gateway's own error texts",
    option: '',
  },
  {
    id: 'second-token',
    value: 'a second token',
    assumed: 'none',
    basis:
      'assumed. The documentation also names a JWT bearer token for each request, and OAuth 2.0 is being introduced API by API: ask which of them your project uses',
    option: '`fetch`, to add a header',
  },
  {
    id: 'oauth2-metadata',
    value: 'OAuth 2.0: metadata',
    assumed: 'not needed; where the issuer has it (RFC 8414), it names the same issuer and token endpoint',
    basis: 'assumed',
    option: '`auth.issuer`, `auth.tokenEndpoint`',
  },
  {
    id: 'oauth2-token-endpoint',
    value: 'OAuth 2.0: token endpoint',
    assumed: 'POST `/oauth2/token` at the API base, which is also the issuer',
    basis:
      "ours. Confirmed for Mastercard's sandbox: `https://sandbox.api.mastercard.com/oauth/token`, issuer `https://sandbox.api.mastercard.com`",
    option: '`auth.tokenEndpoint`, `auth.issuer`',
  },
  {
    id: 'oauth2-assertion',
    value: 'OAuth 2.0: client authentication',
    assumed:
      '`private_key_jwt` with PS256 or ES256: `iss` and `sub` the client id, `aud` the issuer, valid for 90 seconds',
    basis: "confirmed by Mastercard's published client, which also names its key by `kid`",
    option: '`auth.key`, `auth.kid`, `clientId`',
  },
  {
    id: 'oauth2-nonce',
    value: 'OAuth 2.0: nonce',
    assumed: '`use_dpop_nonce` with 400 or 401 and the header `DPoP-Nonce`; the kit sends the request once more',
    basis: "confirmed by Mastercard's published client",
    option: '',
  },
  {
    id: 'oauth2-token',
    value: 'OAuth 2.0: access token',
    assumed: '`token_type` DPoP, and `expires_in` in seconds',
    basis: "confirmed by Mastercard's published client",
    option: '',
  },
  {
    id: 'oauth2-call',
    value: 'OAuth 2.0: a call',
    assumed: '`Authorization: DPoP` with the token, a proof with `ath`, and no signature',
    basis: "confirmed by Mastercard's published client; assumed for this API",
    option: '',
  },
  {
    id: 'oauth2-bearer',
    value: 'OAuth 2.0: the token without a proof',
    assumed: 'refused',
    basis: 'assumed; RFC 9449 §7.2 requires it',
    option: '',
  },
  {
    id: 'key-encryption',
    value: 'key encryption',
    assumed: 'RSA-OAEP-256',
    basis: 'confirmed',
    option: '',
  },
  {
    id: 'content-encryption',
    value: 'content encryption',
    assumed: 'A256GCM',
    basis: 'confirmed: the client-encryption libraries write it; a reference app uses A128GCM',
    option: '`contentEncryption`',
  },
  {
    id: 'encryption-kid',
    value: '`kid`',
    assumed: "SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex",
    basis: "confirmed as the libraries' default; the key may have a name instead",
    option: '`encryptionKey.kid`',
  },
  {
    id: 'encrypted-object',
    value: 'what is encrypted',
    assumed: 'one object, `SrcSessionInitiationRequestInfo`',
    basis: 'confirmed that it must be',
    option: '',
  },
  {
    id: 'encrypted-field',
    value: 'its field',
    assumed: '`srcSessionInitiationRequestInfo`',
    basis: 'assumed (spelled with a small s)',
    option: '`fields.srcSessionInitiationRequestInfo`',
  },
  {
    id: 'jwe-field',
    value: "the JWE's field in it",
    assumed: '`encryptedData`',
    basis: "confirmed as the libraries' default; assumed here",
    option: '`fields.encryptedData`',
  },
  {
    id: 'session-info-shape',
    value: 'shape of the encrypted object',
    assumed: 'as ours: accounts, verification, consent, `complianceSettings`, `callbackUri`, `locale`',
    basis:
      'confirmed: these facts are sent (consent, cards, e-mail, phone, `callbackUri`); assumed: their names and nesting',
    option: '`shapeSessionInfo`',
  },
  {
    id: 'compliance-settings',
    value: '`complianceSettings`',
    assumed: '`complianceResources[]` of type, uri, version, datePublished',
    basis:
      'seen in unofficial typings, where version and datePublished are optional; an older form (`tnc`, `privacy`) exists',
    option: '`shapeSessionInfo`',
  },
  {
    id: 'client-session-id',
    value: '`clientSessionId` in the request',
    assumed: "a UUID of the bank's",
    basis: 'confirmed: the name in the launch address and in the proof; assumed: the bank chooses it',
    option: '`fields.clientSessionId`',
  },
  {
    id: 'authentication-reasons',
    value: '`authenticationReasons`',
    assumed: '`["ACCOUNT_LOGIN"]`',
    basis: 'confirmed in the sample proof; assumed in the request',
    option: '`fields.authenticationReasons`',
  },
  {
    id: 'service-ids',
    value: 'ids of service and client',
    assumed: 'none',
    basis: 'assumed. Related APIs require `srcClientId`, `serviceId`, `srcCorrelationId`',
    option: '`sessionConstants`',
  },
  {
    id: 'sessions-answer',
    value: 'answer of Sessions',
    assumed: '`authenticationSessionId`, `uri`',
    basis: 'confirmed',
    option: '`fields`',
  },
  {
    id: 'authenticators-answer',
    value: 'answer of Authenticators',
    assumed: '`credentialId`, `bindingId`',
    basis: 'confirmed',
    option: '`fields`',
  },
  {
    id: 'authenticators-request',
    value: 'request of Authenticators',
    assumed: '`authenticationSessionId`, `proofOfAuthentication`',
    basis: "confirmed: the proof is sent; assumed: the names and the session's id",
    option: '`fields`',
  },
  {
    id: 'repeated-authenticators',
    value: 'a repeated Authenticators call',
    assumed: 'gets the same ids',
    basis: 'assumed. If it is refused, a lost answer ends in NETWORK_REFUSED although the passkey is bound',
    option: '',
  },
  {
    id: 'proof-refusals',
    value: 'refusals of the proof',
    assumed: 'PROOF_INVALID, PROOF_EXPIRED, PROOF_MISMATCH',
    basis: "ours; Mastercard's are not shown",
    option: '`proofRefusals`',
  },
  {
    id: 'callback',
    value: 'callback',
    assumed: '`status` ENROLLED with `proofOfAuthentication`, CANCELLED or ERROR with `reason`',
    basis: 'confirmed, with all thirteen reasons',
    option: '',
  },
  {
    id: 'lifetimes',
    value: 'session, launch address, proof',
    assumed: '15 minutes each',
    basis: 'confirmed',
    option: '',
  },
  {
    id: 'proof-form',
    value: 'proof',
    assumed: 'JWT, RS256, `clientSessionId`, `exp` = `iat` + 900',
    basis: 'confirmed by the published sample',
    option: '',
  },
  {
    id: 'proof-audience',
    value: '`aud` of the proof',
    assumed: 'you name it',
    basis: "the sample's is `https://mastercard.com`, Mastercard's own back end",
    option: '`proof.audience`',
  },
  {
    id: 'proof-issuer',
    value: '`iss` of the proof',
    assumed: "the page's origin",
    basis: 'confirmed by the sample for staging',
    option: '`proof.issuer`',
  },
  {
    id: 'proof-keys',
    value: 'keys of the proof',
    assumed: 'none',
    basis: 'no public key set is documented for it',
    option: '`proof.keySetUrl`',
  },
  {
    id: 'error-object',
    value: 'errors',
    assumed: "`Errors.Error[]` of the gateway; the service's flat object, or the same under `error`",
    basis: 'confirmed, in both forms',
    option: '',
  },
  {
    id: 'answer-time',
    value: 'time of an answer',
    assumed: '4.5 seconds at most; the kit asks again after that, ten seconds in all',
    basis: 'assumed',
    option: '',
  },
] as const satisfies readonly Assumption[];

/** The id of one of {@link ASSUMPTIONS}. */
export type AssumptionId = (typeof ASSUMPTIONS)[number]['id'];
