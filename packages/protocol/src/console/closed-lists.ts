/** The closed lists of the console's API. Apart from the schemas, so that the console's pages can use them without schemas. */

/** SUPPORT helps cardholders, OPERATOR runs the network, ADMINISTRATOR decides who may sign in, AUDITOR reads everything and changes nothing. */
export const OPERATOR_ROLES = ['SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** PASSKEY: a passkey of the console. OIDC: the organisation's OpenID provider. */
export const SIGN_IN_METHODS = ['PASSKEY', 'OIDC'] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

/** What was done, as `subject.past participle`. */
export const AUDIT_ACTIONS = [
  'client.added',
  'client.replaced',
  'client.suspended',
  'client.resumed',
  'webhook.enabled',
  'webhook.tested',
  'events.replayed',
  'merchant.registered',
  'merchant.changed',
  'merchant.deleted',
  'binding.suspended',
  'binding.resumed',
  'binding.deleted',
  'binding.activated',
  'binding.card-replaced',
  'passkey.deleted',
  'passkey.device-forgotten',
  'passkeys.searched',
  'key.made',
  'operator.invited',
  'operator.invitation-withdrawn',
  'operator.joined',
  'operator.role-changed',
  'operator.removed',
  'operator.signed-in',
  'approval.requested',
  'approval.approved',
  'approval.rejected',
  'approval.withdrawn',
  'approval.lapsed',
  'audit.exported',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What was changed. */
export const AUDIT_SUBJECTS = [
  'client',
  'merchant',
  'binding',
  'passkey',
  'session',
  'key',
  'operator',
  'invitation',
  'approval',
  'audit',
] as const;
export type AuditSubject = (typeof AUDIT_SUBJECTS)[number];

/** A session for a passkey, at a bank or a shop; or a session for the approval of a payment. */
export const SESSION_KINDS = ['ENROLMENT', 'PAYMENT'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/**
 * How far a session came, in this order. OPENED: in a browser, or in the shop's payment dialog. CEREMONY: the authenticator has answered, or the
 * browser has reported its failure. RESULT: the network has verified the answer. SUCCEEDED: bound, or approved.
 */
export const FUNNEL_STEPS = ['STARTED', 'OPENED', 'CEREMONY', 'RESULT', 'SUCCEEDED'] as const;
export type FunnelStep = (typeof FUNNEL_STEPS)[number];

/**
 * The outcome of a session. OPEN: it has not ended. FAILED: it ended with ERROR. UNBOUND: a passkey was made or used, and the client did not
 * bind it in time. EXPIRED: the cardholder did not finish in time. SUPERSEDED: the merchant started another session of the order.
 */
export const SESSION_OUTCOMES = [
  'OPEN',
  'SUCCEEDED',
  'CANCELLED',
  'FAILED',
  'UNBOUND',
  'EXPIRED',
  'SUPERSEDED',
] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];

const BROWSERS = ['Chrome', 'Safari', 'Firefox', 'Edge', 'Samsung Internet', 'Other'] as const;
/**
 * The family of the browser that opened a session. `Unknown`: it was opened in no browser, such as a payment that was confirmed at the shop, or
 * by an earlier release.
 */
export const BROWSER_FAMILIES = [
  ...BROWSERS.map((browser) => `${browser} desktop` as const),
  ...BROWSERS.map((browser) => `${browser} mobile` as const),
  'Unknown',
] as const;
export type BrowserFamilyName = (typeof BROWSER_FAMILIES)[number];
