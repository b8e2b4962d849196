/** A merchant's messages and calls, for tests: one valid builder of each. */
import { randomUUID } from 'node:crypto';
import {
  type AssertionRequest,
  type AuthenticationReason,
  assertionPath,
  type CardTransactionInfo,
  type ClientRegistration,
  type InstrumentSessionInfo,
  SESSIONS_PATH,
  type SessionRequest,
  type Transaction,
} from '@payment-passkeys/protocol';
import type { TestAnswer, TestClient } from './client.ts';
import { buildSessionRequest, TEST_PAN } from './messages.ts';

/** Changes that make the registration of `buildClientRegistration` a merchant's. */
export const TEST_MERCHANT = {
  clientId: 'test-shop',
  name: 'Test Shop',
  role: 'merchant',
  consumerKey: 'test-shop-client!signing-key-1',
  callbackDomains: ['shop.localhost'],
  callbackSchemes: [],
  accountRanges: [],
  countries: [],
  merchantOrigins: ['http://shop.localhost:4002', 'https://shop.example'],
  merchantNames: ['Test Shop', 'Test Shop Outlet'],
} as const satisfies Partial<ClientRegistration>;

export const SHOP_CALLBACK = 'http://shop.localhost:4002/payments/callback?state=abc';

const CARD = { primaryAccountNumber: TEST_PAN, panExpirationMonth: '12', panExpirationYear: '2032' };

/** A transaction that names its merchant. */
type NamedTransaction = Transaction & Required<Pick<Transaction, 'merchantName' | 'merchantOrigin'>>;

/** 12.34 USD to "Test Shop"; a new order each time. */
export function buildTransaction(changes: Partial<NamedTransaction> = {}): NamedTransaction {
  return {
    transactionAmount: { transactionAmount: '12.34', transactionCurrencyCode: 'USD' },
    merchantName: 'Test Shop',
    merchantOrigin: 'http://shop.localhost:4002',
    orderId: `order-${randomUUID()}`,
    ...changes,
  };
}

type NamedPayment = CardTransactionInfo & { readonly transaction: NamedTransaction };

/** The object that a Sessions call of a payment encrypts: the card {@link TEST_PAN}. */
export function buildPaymentInfo(changes: Partial<NamedPayment> = {}): NamedPayment {
  return {
    accountReferences: { cards: [CARD] },
    transaction: buildTransaction(),
    callbackUri: SHOP_CALLBACK,
    locale: 'en-US',
    ...changes,
  };
}

/** The same for a passkey that is made at the shop. */
export function buildInstrumentInfo(changes: Partial<InstrumentSessionInfo> = {}): InstrumentSessionInfo {
  return {
    accountReferences: { cards: [CARD], emailAddresses: ['avery@mail.example'] },
    callbackUri: SHOP_CALLBACK,
    locale: 'en-US',
    ...changes,
  };
}

/** A Sessions call of any reason, with any payload. */
export async function startSessionOf(
  client: TestClient,
  reason: AuthenticationReason,
  call: { readonly info: unknown; readonly request?: Partial<SessionRequest> },
): Promise<TestAnswer> {
  const encrypted = await client.encrypt(call.info);
  const request = buildSessionRequest(encrypted, { authenticationReasons: [reason], ...call.request });
  return client.send({ path: SESSIONS_PATH, body: JSON.stringify(request) });
}

export function startPayment(client: TestClient, info: unknown = buildPaymentInfo()): Promise<TestAnswer> {
  return startSessionOf(client, 'TRANSACTION_AUTHENTICATION', { info });
}

export function startInstrument(client: TestClient, info: unknown = buildInstrumentInfo()): Promise<TestAnswer> {
  return startSessionOf(client, 'ENROL_FINANCIAL_INSTRUMENT', { info });
}

/** Reports the outcome of Secure Payment Confirmation. */
export function reportAssertion(
  client: TestClient,
  authenticationSessionId: string,
  assertion: AssertionRequest,
): Promise<TestAnswer> {
  return client.send({ path: assertionPath(authenticationSessionId), body: JSON.stringify(assertion) });
}
