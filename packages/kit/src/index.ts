/**
 * What the issuer kit and the merchant kit are made of: signed calls of the network with a deadline and retries, the network's key sets,
 * the callback's address, the cookie of the browser that is sent away, checks of options, spans, mounting in a server.
 * Throws {@link KitError}, and no other error of its own.
 */
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
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler } from './http/node-handler.ts';
export { buildRoutePattern } from './http/route-pattern.ts';
export { KitError, type KitErrorCode, type KitErrorDetails, type NetworkRefusal } from './kit-error.ts';
export { maskValues } from './masking.ts';
export { type ApiCall, createApiCalls } from './network/api-call.ts';
export { type CachedKeys, cacheKeys } from './network/cached-keys.ts';
export {
  type CallContext,
  createNetworkClient,
  type Fetch,
  type NetworkClient,
  type NetworkClientOptions,
} from './network/network-client.ts';
export {
  chooseEncryptionKey,
  type KeySetSource,
  type PublishedKeys,
  publishedKeys,
  signingKeysOf,
} from './network/published-keys.ts';
export { systemTimers, type Timers } from './network/timers.ts';
export { readBaseAddress, readSigningKey } from './options/read-options.ts';
export * as rules from './options/rules.ts';
export { declareMemoryStore } from './stores/declare-memory-store.ts';
export type { TraceContext } from './tracing/trace-context.ts';
export { createKitTracing, type KitSpan, type KitTracing } from './tracing/tracing.ts';
