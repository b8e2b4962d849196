/** The merchant kit on a real PostgreSQL, against a network that verifies, decrypts and signs for real: the setup of its payment tests. */

import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  ADVICE,
  type CardStart,
  createMerchant,
  createPostgresMerchantStore,
  type EciByBrand,
  type IgnoredBecause,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
  type Merchant,
  MerchantError,
  type MerchantEvent,
  type MerchantStore,
  type OnEvent,
  type PaymentStart,
  type StartedPayment,
} from '../src/server/index.ts';
import { type NetworkDouble, startNetworkDouble } from '../src/testing/index.ts';

export const START = new Date('2026-11-24T10:00:00.000Z');
export const SHOP = 'http://shop.localhost:4002';
export const SAVED = { bindingId: 'binding-1', brand: 'MASTERCARD', lastFour: '4444' } as const;
export const TYPED = {
  primaryAccountNumber: '5555 5555 5555 4444',
  panExpirationMonth: '12',
  panExpirationYear: '2030',
};

export function buildStart(changes: Partial<PaymentStart> = {}): PaymentStart {
  return {
    order: { orderId: 'order-1', amount: '12.34', currency: 'USD', merchantName: 'Tidewick', merchantOrigin: SHOP },
    card: SAVED,
    shopperId: 'shopper-1',
    callbackUri: `${SHOP}/payments/callback`,
    locale: 'en-US',
    ...changes,
  };
}

export const cardStart: CardStart = { card: TYPED, shopperId: 'shopper-1', callbackUri: `${SHOP}/cards/callback` };

export function ignoredAs(because: IgnoredBecause) {
  return { status: 'IGNORED', because, advice: ADVICE.ignored[because] };
}

export function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'RESOLVED',
    (error: unknown) => (error instanceof MerchantError ? error.code : error),
  );
}

/** What the hooks of {@link openShop} set before each test. */
export interface OpenShop {
  now: Date;
  database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
  network: NetworkDouble;
  store: MerchantStore;
  merchant: Merchant;
  /** The events of `merchant`. */
  events: MerchantEvent[];
  clock(): Date;
  /** Another merchant of the same shop. The caller closes it. */
  merchantOn(changes?: {
    readonly store?: MerchantStore;
    readonly audience?: string;
    readonly onEvent?: OnEvent;
    readonly eci?: EciByBrand;
  }): Merchant;
  startPayment(changes?: Partial<PaymentStart>): Promise<StartedPayment>;
  /** A payment whose cardholder is at the network, and has just approved it there. */
  leaveAndApprove(
    changes?: Partial<PaymentStart>,
  ): Promise<StartedPayment & { readonly proof: string; readonly browser: string; readonly url: string }>;
  /** How many payments are approved in the store. */
  spentRows(): Promise<number>;
}

/** Registers the hooks of a test file, and answers the object that they fill. */
export function openShop(): OpenShop {
  const at = {
    now: START,
    events: [] as MerchantEvent[],
    clock: () => at.now,
    merchantOn(changes = {}) {
      const { url, audience, client } = at.network;
      return createMerchant({
        ...client,
        network: { url, audience: changes.audience ?? audience },
        callbackOrigins: [SHOP],
        store: changes.store ?? at.store,
        onEvent: changes.onEvent ?? ((event) => void at.events.push(event)),
        ...(changes.eci && { eci: changes.eci }),
        clock: at.clock,
        timers: { wait: async () => {}, timeout: (milliseconds) => AbortSignal.timeout(milliseconds) },
      });
    },
    async startPayment(changes = {}) {
      const started = await at.merchant.startPayment(buildStart(changes));
      if (started.nextStep === 'STEP_UP') throw new Error('The double answered STEP_UP.');
      return started;
    },
    async leaveAndApprove(changes = {}) {
      const started = await at.startPayment(changes);
      const proof = await at.network.issueProof();
      return { ...started, proof, browser: started.cookie.value, url: at.network.callback({ proof }) };
    },
    async spentRows() {
      const { rows } = await at.database.pool.query(
        'SELECT count(*)::int AS n FROM payment_passkey_payment WHERE proof_hash IS NOT NULL',
      );
      return rows[0].n;
    },
  } as OpenShop; // the hooks set the rest before the first test

  beforeAll(async () => {
    at.database = await createThrowawayDatabase({ poolSize: 32 });
    await at.database.pool.query(MERCHANT_MIGRATION + MERCHANT_ORDER_MIGRATION + MERCHANT_TRACE_MIGRATION);
    at.network = await startNetworkDouble({ clock: at.clock });
  });

  afterAll(async () => {
    await at.network.stop();
    await at.database.close();
  });

  beforeEach(async () => {
    at.now = START;
    at.events = [];
    at.network.nextStep = 'AUTHENTICATE';
    for (const ending of [SESSIONS_PATH, '/assertion', '/authenticators']) at.network.answerWith(ending, undefined);
    await at.database.pool.query('TRUNCATE payment_passkey_payment, payment_passkey_card_enrolment');
    at.store = createPostgresMerchantStore(at.database.pool);
    at.merchant = at.merchantOn();
    return () => at.merchant.close();
  });
  return at;
}
