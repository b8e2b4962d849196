/**
 * The parts that the issuer kit and the merchant kit share: signed calls to the network with a deadline and retries, the network's key
 * sets, the callback's address, the browser cookie, checks of options, spans, mounting in a server. Throws {@link KitError} and no other
 * error of its own.
 */

export {
  type AuthOptions,
  authRules,
  type ClientAuth,
  type OAuth1Auth,
  type OAuth2Auth,
  readAuth,
} from './auth/read-auth.ts';
export {
  BROWSER_COOKIE_NAME,
  type BrowserCookie,
  buildBrowserCookie,
  isSameBrowser,
  isSecret,
  newSecret,
  readBrowserCookie,
  serializeBrowserCookie,
  sha256,
} from './callback/browser-cookie.ts';
export { type CallbackOrigins, readCallbackOrigins } from './callback/callback-origins.ts';
export {
  createMemoryEventStore,
  createPostgresEventStore,
  EVENT_KEPT_SECONDS,
  EVENT_MIGRATION,
  type EventCursor,
  type EventStore,
} from './events/event-store.ts';
export { createEvents, type EventOptions, type EventParts, type Events, type WebhookOptions } from './events/events.ts';
export type { EventHandlers, EventOf } from './events/network-event.ts';
export type { EventReader, EventReaderRun, EventsRead } from './events/reader.ts';
export { type DeliveryRefusal, type DeliveryReport, MAX_DELIVERY_BYTES } from './events/webhook.ts';
export { type NodeHandler, type NodeHandlerOptions, readHeaders, toNodeHandler } from './http/node-handler.ts';
export { KitError, type KitErrorCode, type KitErrorDetails, type NetworkRefusal } from './kit-error.ts';
export type { AccountReference } from './lifecycle/account.ts';
export { type Accounts, type CardReplacement, createAccounts } from './lifecycle/accounts.ts';
export {
  type AuthenticatorFacts,
  type Binding,
  type BindingSearch,
  type Bindings,
  type BindingUpdate,
  createBindings,
  createIssuerBindings,
  type IssuerBindings,
} from './lifecycle/bindings.ts';
export type { LifecycleParts } from './lifecycle/parts.ts';
export { createSessions, type SessionReport, type Sessions, type SessionToRead } from './lifecycle/sessions.ts';
export { maskValues } from './masking.ts';
export {
  type BindingResult,
  checkLaunchUri,
  createNetworkCaller,
  invalidAnswer,
  type NetworkCaller,
  type NetworkCallerOptions,
  readText,
  reasonOf,
} from './network/network-caller.ts';
export {
  ATTEMPT_MILLISECONDS,
  type CallContext,
  createNetworkClient,
  type Fetch,
  type NetworkClient,
  type NetworkClientOptions,
  openConnections,
  type SchemeOptions,
} from './network/network-client.ts';
export { type PublishedKeys, publishedKeys, signingKeysOf } from './network/published-keys.ts';
export { readRefusal } from './network/read-refusal.ts';
export { systemTimers, type Timers } from './network/timers.ts';
export { buildOurWire, OUR_FIELDS, signingKeysUrl, type WireFields, type WireProfile } from './network/wire-profile.ts';
export { readBaseAddress, readSigningKey } from './options/read-options.ts';
export * as rules from './options/rules.ts';
export { describeReturn, emit, type ReturnDescription } from './pending/events.ts';
export {
  describePending,
  hasExpired,
  PENDING_KEPT_SECONDS,
  type Pending,
  secondsLeft,
  secondsSince,
} from './pending/pending.ts';
export { type ReceivedCallback, readReceivedCallback } from './pending/read-callback.ts';
export { traceReturn } from './pending/trace-return.ts';
export { createProofReader, type ProofReading, type ReadProof } from './proofs/read-proof.ts';
export { buildRefusedProof, isMisconfigured, type RefusedProof } from './proofs/refused-proof.ts';
export { type Check, createErrorBoundary, type ErrorBoundary, PublicError } from './public-error.ts';
export {
  answerRequest,
  buildCallbackRoute,
  buildRedirectHandlers,
  keepPrivate,
  PRIVATE_HEADERS,
  readBrowserOf,
  redirectToNetwork,
} from './redirect/handlers.ts';
export {
  type Arrival,
  type BegunRedirect,
  handleReport,
  handleReturn,
  type RedirectSteps,
  type SignedInRequest,
  type Stage,
  type StartedRedirect,
  startRedirect,
  type Visitor,
} from './redirect/redirect.ts';
export { declareMemoryStore } from './stores/declare-memory-store.ts';
export { completeOnce, createPendingMap, type PendingMap } from './stores/pending-map.ts';
export { buildPendingInsert, type PendingRow, readPending, writePending } from './stores/pending-row.ts';
export type { TraceContext } from './tracing/trace-context.ts';
export { createKitTracing, type KitSpan, type KitTracing } from './tracing/tracing.ts';
