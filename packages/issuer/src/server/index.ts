/**
 * The issuer kit's server half: two calls, and a store.
 *
 *     const issuer = createIssuer({ network, clientId, consumerKey, signingKey, callbackOrigins, store });
 *     const { redirect, cookie } = await issuer.startEnrolment({ … });     // set the cookie, answer 303 to redirect
 *     const outcome = await issuer.completeEnrolment({ url, browser });    // on the callback's route
 */
export type {
  AccountReferences,
  CardholderVerification,
  ComplianceResource,
  Consent,
  Reason,
} from '@payment-passkeys/protocol';
export { BROWSER_COOKIE_NAME, type BrowserCookie } from './browser.ts';
export type { Completion, Enrolment, EnrolmentOutcome, IgnoredBecause, StoredEnrolment } from './enrolment.ts';
export { IssuerError, type IssuerErrorCode, type NetworkRefusal } from './errors.ts';
export {
  createIssuer,
  type EnrolmentReturn,
  type EnrolmentStart,
  type Issuer,
  type IssuerOptions,
  type StartedEnrolment,
} from './issuer.ts';
export type { Fetch } from './network-client.ts';
export { createPostgresEnrolmentStore, ENROLMENT_MIGRATION } from './postgres-store.ts';
export { ENROLMENT_KEPT_SECONDS, type EnrolmentStore } from './store.ts';
