/**
 * The merchant kit's server part.
 *
 *     const merchant = createMerchant({ network: { url, audience }, clientId, consumerKey, signingKey, callbackOrigins, store });
 *     const started = await merchant.startPayment({ order, card, shopperId, callbackUri });   // set started.cookie, redirect to started.redirect
 *     const outcome = await merchant.completePayment({ url, browser });                       // in the callback's route
 */
export type { JwsSigner, Signer } from '@payment-passkeys/channel';
export {
  type AccountReference,
  type AuthenticatorFacts,
  type AuthOptions,
  type Binding,
  type BindingSearch,
  type Bindings,
  type BindingUpdate,
  BROWSER_COOKIE_NAME,
  type BrowserCookie,
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
  type AccountType,
  type AcquirerData,
  type Actor,
  type AssertionOutcome,
  type AttestationVerdict,
  type BindingReasonCode,
  type BindingState,
  type BindingStatus,
  type EventEnvelope,
  type EventType,
  type MobileNumber,
  maskPan,
  type NetworkEvent,
  type Reason,
  type SecurePaymentConfirmation,
  type SessionState,
} from '@payment-passkeys/protocol';
export { type EarlierApproval, MerchantError, type MerchantErrorCode } from '../errors.ts';
export { ADVICE, type Advice, adviceFor, type CardAdvice, type IgnoredBecause, type Stage } from './advice.ts';
export type {
  CardStart,
  ConfirmationReport,
  Order,
  PaymentStart,
  Return,
  StartedCardEnrolment,
  StartedPayment,
  SteppedUpPayment,
} from './calls.ts';
export type { CardDetails, CardFlowOptions, CardHooks, CardRouteOutcome } from './card-flow.ts';
export { type CardHandlerOptions, type CardHandlers, createCardHandlers } from './card-handlers.ts';
export type { CardCompletion, CardEnrolment, CardOutcome, StoredCardEnrolment } from './cards/card-enrolment.ts';
export { createMemoryEventStore, createPostgresEventStore } from './event-stores.ts';
export type { MerchantEvent, OnEvent } from './events.ts';
export type {
  ConfirmationRouteOutcome,
  PaymentDetails,
  PaymentFlowOptions,
  PaymentHooks,
  PaymentRouteOutcome,
  ReportedConfirmation,
  StartedForScript,
} from './flow.ts';
export { createPaymentHandlers, type PaymentHandlerOptions, type PaymentHandlers } from './handlers.ts';
export type { Interruption } from './interruption.ts';
export { createMemoryMerchantStore } from './memory-store.ts';
export { createMerchant, type Merchant, type MerchantOptions } from './merchant.ts';
export type {
  MerchantRegistration,
  Merchants,
  MerchantsToList,
  RegisteredMerchant,
} from './merchants/merchants.ts';
export type { MerchantNetwork } from './network.ts';
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler } from './node.ts';
export type {
  AssuranceData,
  IssuerVerification,
  PasskeyVerification,
} from './payments/assurance-data.ts';
export type { EciByBrand } from './payments/eci.ts';
export type {
  Approval,
  AuthenticatedPayment,
  ConfirmationOutcome,
  Payment,
  PaymentFailure,
  PaymentOutcome,
  StoredPayment,
} from './payments/payment.ts';
export type { IgnoredReturn, Pending } from './pending.ts';
export {
  createPostgresMerchantStore,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
} from './postgres-store.ts';
export type { ProofRefusal, RefusedProof } from './refused-proof.ts';
export { type CardBrand, type CardNumber, describeCardNumber, type SavedCard } from './saved-card.ts';
export { type MerchantStore, type PaymentKey, PENDING_KEPT_SECONDS } from './store.ts';
