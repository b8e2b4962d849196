/**
 * The issuer kit's server part: two calls, or the two routes around them, and a store.
 *
 *     const network = ourNetwork({ url, proof: { verify: 'ISSUER', audience } });      // or mastercard({ … })
 *     const issuer = createIssuer({ network, clientId, consumerKey, signingKey, callbackOrigins, store });
 *     const { redirect, cookie } = await issuer.startEnrolment({ … });     // set the cookie, answer 303 to `redirect`
 *     const outcome = await issuer.completeEnrolment({ url, browser });    // in the callback's route
 */
export type { JwsSigner, Signer } from '@payment-passkeys/channel';
export {
  type AccountReference,
  type Accounts,
  type AuthenticatorFacts,
  type AuthOptions,
  type Binding,
  type BindingSearch,
  type Bindings,
  type BindingUpdate,
  BROWSER_COOKIE_NAME,
  type BrowserCookie,
  type CardReplacement,
  type ClientAuth,
  type DeliveryRefusal,
  type DeliveryReport,
  EVENT_KEPT_SECONDS,
  EVENT_MIGRATION,
  type EventCursor,
  type EventHandlers,
  type EventOf,
  type EventOptions,
  type EventReader,
  type EventReaderRun,
  type EventStore,
  type Events,
  type EventsRead,
  type Fetch,
  type IssuerBindings,
  type NetworkRefusal,
  type OAuth1Auth,
  type OAuth2Auth,
  readBrowserCookie,
  type SessionReport,
  type Sessions,
  type SessionToRead,
  serializeBrowserCookie,
  type Timers,
  type TraceContext,
  type WebhookOptions,
} from '@payment-passkeys/kit';
export {
  type AccountReferences,
  type AccountType,
  type Actor,
  type AttestationVerdict,
  type BindingReasonCode,
  type BindingState,
  type BindingStatus,
  type CardholderVerification,
  type ComplianceResource,
  type Consent,
  type EventEnvelope,
  type EventType,
  type MobileNumber,
  maskEmail,
  maskMobile,
  maskPan,
  type NetworkEvent,
  type Reason,
  type SessionState,
} from '@payment-passkeys/protocol';
export { IssuerError, type IssuerErrorCode } from '../errors.ts';
export { type AppHandlerOptions, type AppHandlers, type AppOutcome, createAppHandlers } from './app-handlers.ts';
export type { Completion, Enrolment, EnrolmentOutcome, StoredEnrolment } from './enrolment.ts';
export { createMemoryEventStore, createPostgresEventStore } from './event-stores.ts';
export type { IssuerEvent, OnEvent } from './events.ts';
export type { EnrolmentDetails, EnrolmentHooks, FlowOptions, Interruption, RouteOutcome } from './flow.ts';
export { createEnrolmentHandlers, type EnrolmentHandlers, type HandlerOptions } from './handlers.ts';
export {
  createIssuer,
  type EnrolmentReturn,
  type EnrolmentStart,
  type Issuer,
  type IssuerOptions,
  type StartedEnrolment,
} from './issuer.ts';
export { type MastercardOptions, mastercard } from './mastercard.ts';
export { createMemoryEnrolmentStore } from './memory-store.ts';
export { type Advice, adviceFor, type IgnoredBecause, NEXT_STEPS, type NextStep, type Stage } from './next-steps.ts';
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler } from './node.ts';
export { createPostgresEnrolmentStore, ENROLMENT_MIGRATION, ENROLMENT_TRACE_MIGRATION } from './postgres-store.ts';
export { type NetworkProfile, ourNetwork, type ProofChoice, type ProofPolicy, type WireFields } from './profile.ts';
export type { ProofRefusal, RefusedProof } from './proof-check.ts';
export { ENROLMENT_KEPT_SECONDS, type EnrolmentStore } from './store.ts';
