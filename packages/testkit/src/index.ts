/** For tests only: throwaway databases, one valid builder of each message, callers of a running network. */

export { createTestBrowser, type TestBrowser } from './browser.ts';
export {
  createTestClient,
  type NetworkAddress,
  type SignedMethod,
  type TestAnswer,
  type TestClient,
} from './client.ts';
export { createThrowawayDatabase, type ThrowawayDatabaseOptions } from './database.ts';
export { freePort } from './free-port.ts';
export { buildGivenCases, catchError, changeField, type GivenCase, type GivenRow } from './given-cases.ts';
export {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  SHOP_CALLBACK,
  startInstrument,
  startPayment,
  startSessionOf,
  TEST_MERCHANT,
} from './merchant.ts';
export { buildClientRegistration, buildSessionInfo, buildSessionRequest, TEST_PAN } from './messages.ts';
export { PATIENT_LIMITS } from './patient-limits.ts';
export { type CollectedSpan, startTraceCollector, type TraceCollector } from './trace-collector.ts';
export { createVerifyingIssuer, type VerifyingIssuer } from './verifying-issuer.ts';
