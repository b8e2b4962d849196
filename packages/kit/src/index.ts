/**
 * A client of the network, on the client's own server: what the issuer kit and the merchant kit have in common. Signed calls with a
 * deadline, asked again behind a circuit; the network's key sets; the callback's address, and the cookie of the browser that leaves.
 * Throws {@link ClientError}, and no other error of its own.
 */
export { type ApiCall, createApiCalls } from './api-call.ts';
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
} from './browser.ts';
export { type CallbackOrigins, readCallbackOrigins } from './callback-origins.ts';
export { ClientError, type ClientErrorCode, type ClientErrorDetails, type NetworkRefusal } from './client-error.ts';
export { createKitTracing, type KitSpan, type KitTracing } from './kit-tracing.ts';
export { maskValues } from './masking.ts';
export { declareMemoryStore } from './memory.ts';
export {
  createNetworkClient,
  type Errand,
  type Fetch,
  type NetworkClient,
  type NetworkClientOptions,
} from './network-client.ts';
export { type CachedKeys, cacheKeys } from './network-keys.ts';
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler } from './node-handler.ts';
export { readBaseAddress, readSigningKey } from './options.ts';
export {
  chooseEncryptionKey,
  type KeySetSource,
  type PublishedKeys,
  publishedKeys,
  signingKeysOf,
} from './published-keys.ts';
export { buildRoutePattern } from './route-pattern.ts';
export * as rules from './rules.ts';
export { systemTimers, type Timers } from './timers.ts';
export type { TraceContext } from './trace-context.ts';
