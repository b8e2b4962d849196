/** Every error of the network's APIs, contract §7. The OpenAPI document and docs/errors.md are made from this table. */

interface ServiceErrorEntry {
  readonly status: number;
  readonly reason: string;
  /** The public sentence: what is wrong and what to do. It never has a value of the request. */
  readonly sentence: string;
}

const invalid = (sentence: string) => ({ status: 400, reason: 'INVALID_ARGUMENT', sentence }) as const;
const denied = (sentence: string) => ({ status: 401, reason: 'PERMISSION_DENIED', sentence }) as const;
const forbidden = (sentence: string) => ({ status: 403, reason: 'FORBIDDEN', sentence }) as const;
const conflict = (sentence: string) => ({ status: 409, reason: 'CONFLICT', sentence }) as const;

/** Status, reason and public sentence of each error code. */
export const SERVICE_ERRORS = {
  MALFORMED_JSON: invalid('The body is not valid JSON, or one of its objects has a name twice.'),
  MISSING_FIELD: invalid('A required field is missing; source points to it.'),
  INVALID_FIELD: invalid('A field is not valid; source points to it.'),
  TOO_MANY_ACCOUNTS: invalid('A session takes at most 20 accounts in all.'),
  COMPLIANCE_INCOMPLETE: invalid(
    'complianceSettings needs TERMS_AND_CONDITIONS and PRIVACY_POLICY, in the session or at launch.',
  ),
  DECRYPTION_FAILED: invalid(
    'The payload could not be decrypted: RSA-OAEP-256 with A128GCM or A256GCM, compact JWE, is expected.',
  ),
  UNKNOWN_KEY_ID: invalid('The payload names a key that is not on offer; encrypt with one of GET /keys/encryption.'),
  CARD_EXPIRED: invalid('The card has expired.'),
  SECURITY_CODE_REFUSED: invalid('A field would carry a card security code; leave it out.'),
  STALE: invalid('The time must lie within the last fifteen minutes.'),
  CALLBACK_INVALID: invalid(
    'The callbackUri is not allowed: an absolute https address without user info, fragment, status, reason or proofOfAuthentication is expected.',
  ),
  CALLBACK_MISSING: invalid('The session has no callbackUri; give it in the Sessions call or at launch.'),
  PROOF_INVALID: invalid('The proof is not one that the network issued for this session.'),
  PROOF_EXPIRED: invalid('The proof has expired; the cardholder has to start again.'),
  PROOF_MISMATCH: invalid('The proof belongs to another session.'),
  CHALLENGE_USED: invalid("The credential does not answer the session's current challenge."),
  FIELD_NOT_ALLOWED: invalid('The field does not belong to this authentication reason; leave it out.'),
  AMOUNT_INVALID: invalid("The amount needs the currency's own number of digits, such as 12.34 USD or 1234 JPY."),
  PAYMENT_TYPE_MISMATCH: invalid('The assertion is not one of Secure Payment Confirmation.'),
  PAYMENT_CHALLENGE_MISMATCH: invalid('The assertion answers another challenge than the session gave.'),
  PAYMENT_CREDENTIAL_MISMATCH: invalid('The assertion is of a credential that the session did not give.'),
  PAYMENT_ORIGIN_MISMATCH: invalid(
    "The payment was not confirmed on the merchant's own page, or in a frame that the merchant's registration allows.",
  ),
  PAYMENT_RELYING_PARTY_MISMATCH: invalid('The assertion is for another relying party.'),
  PAYMENT_PAYEE_MISMATCH: invalid('Another payee was shown than the session says.'),
  PAYMENT_TOTAL_MISMATCH: invalid('Another amount or currency was shown than the session says.'),
  PAYMENT_INSTRUMENT_MISMATCH: invalid('Another payment instrument was shown than the session gave.'),
  CREDENTIAL_REFUSED: invalid('The credential does not meet the passkey policy.'),
  CREDENTIAL_UNKNOWN: invalid('The passkey was deleted, or is not known here.'),
  ACCESS_DENIED: denied('The access token is missing, spent, or for a session that is over.'),
  SIGNED_OUT: denied('Nobody is signed in at the console in this browser, or the console session is over.'),
  SIGN_IN_REFUSED: denied('The sign-in was not accepted; start it again.'),
  ROLE_NOT_ALLOWED: forbidden("The operator's role does not allow this; roles names those that do."),
  ROLE_NOT_APPROVED: forbidden("A second administrator has not approved the operator's role yet."),
  CONFIRMATION_REQUIRED: forbidden('This needs a fresh confirmation by the operator; confirm, then send it again.'),
  ACCOUNT_NOT_ELIGIBLE: forbidden('The account is in none of the account ranges that are open to this client.'),
  COUNTRY_NOT_ELIGIBLE: forbidden("The country is not one of the client's."),
  MERCHANT_NOT_ALLOWED: forbidden("The merchantName or the merchantOrigin is not one of the client's."),
  REASON_NOT_ALLOWED: forbidden("This client's role does not allow the authentication reason."),
  ACTION_NOT_ALLOWED: forbidden("Only the card's issuer activates a binding."),
  CALLBACK_NOT_ALLOWED: forbidden("The callbackUri's host is not on the client's allow-list."),
  PROVIDER_ONLY: forbidden(
    'Only a payment service provider registers merchants; ask the network to set `provider` for this client.',
  ),
  MERCHANT_ID_NOT_ALLOWED: forbidden("Only a payment service provider's session names a merchantId; leave it out."),
  MERCHANT_DIFFERS: forbidden(
    'The value is not that of the registered merchant; leave the field out, or change the registration.',
  ),
  CLIENT_SUSPENDED: forbidden('The client is suspended, or the merchant of the session was deleted.'),
  ORIGIN_NOT_ALLOWED: forbidden('Only the hosted page itself may call this.'),
  APPROVAL_NEEDS_ANOTHER: forbidden('Another operator than the one who asked has to approve or reject it.'),
  APPROVAL_NOT_OWN: forbidden('Only the operator who asked can withdraw the request.'),
  SESSION_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such session for this client.' },
  BINDING_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such binding for this client.' },
  MERCHANT_NOT_FOUND: {
    status: 404,
    reason: 'NOT_FOUND',
    sentence: 'The provider has no merchant with this merchantId; register it first.',
  },
  PASSKEY_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such passkey.' },
  EVENT_NOT_FOUND: {
    status: 404,
    reason: 'NOT_FOUND',
    sentence: 'The cursor is not the id of an event of this client; read again without after.',
  },
  CLIENT_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such client.' },
  WEBHOOK_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'The client has no such webhook.' },
  APPROVAL_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such request for approval.' },
  OPERATOR_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such operator.' },
  INVITATION_NOT_FOUND: {
    status: 404,
    reason: 'NOT_FOUND',
    sentence: 'There is no such invitation: it was used, was withdrawn, or has expired.',
  },
  EXAMINATION_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is no such examination of this client.' },
  ROUTE_NOT_FOUND: { status: 404, reason: 'NOT_FOUND', sentence: 'There is nothing at this address.' },
  CLIENT_SESSION_ID_USED: conflict('The clientSessionId was used before; take a new one for each session.'),
  SESSION_NOT_ENROLLED: conflict('The session is not enrolled: the cardholder has not finished, or never will.'),
  SESSION_ALREADY_BOUND: conflict('The session is bound already, by another proof.'),
  RESULT_ALREADY_TAKEN: conflict('The session has its result already, from another credential.'),
  MERCHANT_ORIGIN_USED: conflict('Another merchant of this provider has the origin; change that one, or delete it.'),
  TOO_MANY_MERCHANTS: conflict(
    'The provider has as many merchants as the network allows; delete one, or ask the network for more.',
  ),
  ORDER_ALREADY_APPROVED: conflict('The order is approved already.'),
  SESSION_OVER: conflict('The session is over, or was opened in the meantime.'),
  BINDING_DELETED: conflict('The binding was deleted; a deleted binding is neither suspended, resumed nor activated.'),
  CLIENT_EXISTS: conflict('There is a client with this id already; open it to change it.'),
  CLIENT_CHANGED: conflict(
    'The client has changed since this change was prepared; read the client again, and make the change from there.',
  ),
  WEBHOOK_OFF: conflict('The webhook is switched off, because it answered 410; switch it on first.'),
  APPROVAL_OVER: conflict('The request was approved, rejected or withdrawn already, or has lapsed.'),
  APPROVAL_REQUESTER_GONE: conflict(
    'The operator who asked was removed since, or has another role; reject the request, and ask for the change anew.',
  ),
  APPROVAL_ALTERED: conflict('The request is not the one that was read or made; nothing was changed. Read it again.'),
  CONFIRMATION_NOT_OFFERED: conflict(
    'The session offers no Secure Payment Confirmation, or its challenge is used up; send the cardholder to its uri.',
  ),
  NOT_OFFERED: conflict('The page offers something else than `do` asks for; the message says what to send instead.'),
  DEVICE_NOT_NAMED: conflict(
    "The cardholder has to go to the card's issuer and come back in the same browser: start a new session, and send a `device` with each call.",
  ),
  DEVICE_WITHOUT_PASSKEY: conflict(
    'The device holds none of the passkeys that are asked for: send the `device` that created one, create one first, or send "do": "FAIL".',
  ),
  PAGE_STOPPED: conflict('The page shows an error and leads nowhere, because no callback is known.'),
  LAST_ADMINISTRATOR: conflict('The network would be left without an administrator; invite another one first.'),
  OPERATOR_CHANGED: conflict("The operator's role has changed since; read the operators again."),
  ROLE_FROM_PROVIDER: conflict("The OpenID provider decides this operator's role; change it there."),
  METHOD_NOT_ALLOWED: {
    status: 405,
    reason: 'METHOD_NOT_ALLOWED',
    sentence: 'The address does not take this method; the Allow header names those that it takes.',
  },
  CURSOR_TOO_OLD: {
    status: 410,
    reason: 'GONE',
    sentence:
      'The event that the cursor names is no longer kept, so events may be missing: read again without after, from the oldest event that is kept.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, reason: 'PAYLOAD_TOO_LARGE', sentence: 'The body is over 64 KiB.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    sentence: 'The body has to be application/json.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    reason: 'TOO_MANY_REQUESTS',
    sentence: 'Too many requests; wait as long as Retry-After says.',
  },
  INTERNAL: {
    status: 500,
    reason: 'INTERNAL_SERVER_ERROR',
    sentence: 'Something went wrong here; name the request id when you ask about it.',
  },
  UNAVAILABLE: {
    status: 503,
    reason: 'SERVICE_UNAVAILABLE',
    sentence: 'The service is not available just now; try again as Retry-After says.',
  },
} as const satisfies Record<string, ServiceErrorEntry>;

/** A key of `SERVICE_ERRORS`. */
export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

/** The errors of the check of signatures and access tokens. Their answer has another form: `GatewayErrorAnswer`. */
export const GATEWAY_ERRORS = {
  MISSING_SIGNATURE: {
    status: 401,
    reason: 'AUTHENTICATION_FAILED',
    sentence: 'The request has no Authorization header of OAuth 1.0a or OAuth 2.0, or more than one.',
  },
  INVALID_BODY_HASH: {
    status: 400,
    reason: 'INVALID_BODY_HASH',
    sentence: 'oauth_body_hash is not the SHA-256 of the body that arrived.',
  },
  AUTHENTICATION_FAILED: {
    status: 403,
    reason: 'AUTHENTICATION_FAILED',
    sentence: 'The signature of the request could not be accepted.',
  },
  INVALID_TOKEN: {
    status: 401,
    reason: 'INVALID_TOKEN',
    sentence:
      'The access token is not accepted: take a new one at the token endpoint, and send it as DPoP, not as Bearer.',
  },
  INVALID_DPOP_PROOF: {
    status: 401,
    reason: 'INVALID_DPOP_PROOF',
    sentence: 'The DPoP header is missing, or its proof is not accepted.',
  },
  USE_DPOP_NONCE: {
    status: 401,
    reason: 'USE_DPOP_NONCE',
    sentence: 'The proof needs the nonce of the DPoP-Nonce header; send the request again with a new proof.',
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    reason: 'INSUFFICIENT_SCOPE',
    sentence: 'The access token lacks the scope of this address.',
  },
} as const satisfies Record<string, ServiceErrorEntry>;

/** A key of `GATEWAY_ERRORS`. */
export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS;
