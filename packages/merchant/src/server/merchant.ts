/** The merchant kit's calls: have a payment approved, and have a card made ready for it. */
import { type KeyObject, randomUUID } from 'node:crypto';
import type { TracerProvider } from '@opentelemetry/api';
import type { Signer } from '@payment-passkeys/channel';
import {
  createKitTracing,
  createNetworkClient,
  emit,
  type Fetch,
  readCallbackOrigins,
  readSigningKey,
  systemTimers,
  type Timers,
  type TraceContext,
} from '@payment-passkeys/kit';
import { checkGiven, guard, guardAsync, MerchantError } from '../errors.ts';
import type {
  CardStart,
  ConfirmationReport,
  PaymentStart,
  Return,
  StartedCardEnrolment,
  StartedPayment,
  SteppedUpPayment,
} from './calls.ts';
import type { CardOutcome } from './cards/card-enrolment.ts';
import { createCardEnrolments } from './cards/card-enrolments.ts';
import type { MerchantEvent, OnEvent } from './events.ts';
import { CARD_START, CONFIRMATION_REPORT, MERCHANT_OPTIONS, PAYMENT_START, RETURN } from './given.ts';
import { createNetwork, type MerchantNetwork } from './network.ts';
import type { ConfirmationOutcome, PaymentOutcome } from './payments/payment.ts';
import { createPayments } from './payments/payments.ts';
import type { MerchantStore } from './store.ts';

/** Of each call, the network asked again included: what a person waits for a page, and no longer. */
const DEADLINE_MILLISECONDS = 10_000;

/** What {@link createMerchant} needs. Every field is checked at construction. */
export interface MerchantOptions {
  readonly network: MerchantNetwork;
  /** As onboarded; the launch addresses that the network answers name it. */
  readonly clientId: string;
  readonly consumerKey: string;
  /** RSA private key, 2048 bits or more, or a function that signs (RSASSA-PKCS1-v1_5 with SHA-256). The network has its public half. */
  readonly signingKey: KeyObject | Signer | string;
  /**
   * Where shoppers may come back to: exact web origins (`https://shop.example`) and private-use schemes (`example.shop.app`).
   * No default, never empty. The shop is responsible for them: nothing of a request may be written into this list.
   */
  readonly callbackOrigins: readonly string[];
  readonly store: MerchantStore;
  /** Told of what happens, for logs and counts; without any id, amount, account or proof. What it throws stops nothing. */
  readonly onEvent?: OnEvent;
  /** The time; the system's by default. */
  readonly clock?: () => Date;
  /** An HTTP client of the host's own; by default undici's with `localhost` names taken to loopback. */
  readonly fetch?: Fetch;
  /** How it waits; the system's timers by default. */
  readonly timers?: Timers;
  /** From 0 up to 1, to spread retries; Math.random by default. */
  readonly random?: () => number;
  /** OpenTelemetry's; by default the one that the shop has registered with its API, if any. */
  readonly tracerProvider?: TracerProvider;
}

/** The merchant kit's calls: payments, Secure Payment Confirmation, cards. */
export interface Merchant {
  /**
   * Opens a payment's session at the network and keeps it as pending, before the browser is sent away. Again for the same order ends the
   * earlier session. Throws MerchantError `CALLBACK_NOT_ALLOWED`, `INVALID_PAYMENT`, `INVALID_CARD`, `ORDER_ALREADY_APPROVED`,
   * `NETWORK_…`, `SIGNER_UNAVAILABLE`, `STORE_UNAVAILABLE`.
   */
  startPayment(start: PaymentStart): Promise<StartedPayment | SteppedUpPayment>;
  /**
   * Makes sense of a payment's callback. AUTHENTICATED once the proof is verified (signature, issuer, audience, time), is of this payment
   * (session, order, amount, currency, merchant, card), and was spent: `again` is false for exactly one caller. Bring the order to "paid" by
   * an update that may happen twice, rather than by `again`: this process may die in between, and the same callback then completes it.
   * CANCELLED and ERROR are to be shown and end nothing: they are unsigned, and an AUTHENTICATED may still follow. IGNORED changed nothing.
   * Throws MerchantError `NETWORK_…` or `STORE_UNAVAILABLE`: nothing is lost, a reload of the callback completes it.
   */
  completePayment(given: Return): Promise<PaymentOutcome>;
  /** The same for what Secure Payment Confirmation came to, as `payWithPasskey` reports it. The same report again has the same outcome. */
  reportConfirmation(given: ConfirmationReport): Promise<ConfirmationOutcome>;
  /** Opens a session to make a card ready: the network has its issuer confirm the cardholder, and makes or uses a passkey. Throws likewise, without `INVALID_PAYMENT`. */
  startCardEnrolment(start: CardStart): Promise<StartedCardEnrolment>;
  /** Makes sense of its callback: ENROLLED once the proof is verified and the network has bound the passkey to the card. Throws likewise. */
  completeCardEnrolment(given: Return): Promise<CardOutcome>;
  /** Closes the connections to the network; for the end of the process. */
  close(): Promise<void>;
}

/** Checks its options (throws MerchantError `INVALID_OPTIONS`); sends nothing until the first start. */
export function createMerchant(options: MerchantOptions): Merchant {
  return guard(() => buildMerchant(options));
}

function buildMerchant(options: MerchantOptions): Merchant {
  checkGiven(options, { name: 'createMerchant', fields: MERCHANT_OPTIONS });
  const { clientId, consumerKey, clock = () => new Date() } = options;
  const client = createNetworkClient({
    consumerKey,
    signingKey: readSigningKey(options.signingKey),
    signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    clock,
    timers: options.timers ?? systemTimers,
    random: options.random ?? Math.random,
    ...(options.fetch && { fetch: options.fetch }),
  });
  const tracing = createKitTracing({ kit: '@payment-passkeys/merchant', provider: options.tracerProvider });
  const network = createNetwork({
    client,
    network: options.network,
    clientId,
    clock,
    tracing,
    newSessionId: randomUUID,
  });
  const parts = {
    network,
    store: guardStore(options.store),
    callbacks: readCallbackOrigins(options.callbackOrigins),
    clock,
    tracing,
    emit: (event: MerchantEvent) => emit(options.onEvent, event),
    contextOf: (trace: TraceContext | undefined) => ({
      deadline: new Date(clock().getTime() + DEADLINE_MILLISECONDS),
      trace,
    }),
  };
  const payments = createPayments(parts);
  const cards = createCardEnrolments(parts);
  return {
    startPayment: checked(payments.start, { name: 'startPayment', fields: PAYMENT_START, code: 'INVALID_PAYMENT' }),
    completePayment: checked(payments.complete, { name: 'completePayment', fields: RETURN }),
    reportConfirmation: checked(payments.reportConfirmation, {
      name: 'reportConfirmation',
      fields: CONFIRMATION_REPORT,
    }),
    startCardEnrolment: checked(cards.start, { name: 'startCardEnrolment', fields: CARD_START, code: 'INVALID_CARD' }),
    completeCardEnrolment: checked(cards.complete, { name: 'completeCardEnrolment', fields: RETURN }),
    close: () => client.close(),
  };
}

/** A call that checks its argument first, and throws only the kit's own error. */
function checked<Given, Answer>(
  call: (given: Given) => Promise<Answer>,
  check: Parameters<typeof checkGiven>[1],
): (given: Given) => Promise<Answer> {
  return (given) =>
    guardAsync(() => {
      checkGiven(given, check);
      return call(given);
    });
}

function guardStore(store: MerchantStore): MerchantStore {
  const guard = <Given, Answer>(call: (given: Given) => Promise<Answer>) => {
    return (given: Given) =>
      call(given).catch((cause: unknown) => {
        throw new MerchantError('STORE_UNAVAILABLE', "the merchant's store failed", { cause });
      });
  };
  return {
    addPayment: guard((payment) => store.addPayment(payment)),
    findPayment: guard((key) => store.findPayment(key)),
    findPaymentOfOrder: guard((order) => store.findPaymentOfOrder(order)),
    spendProof: guard((spending) => store.spendProof(spending)),
    addCardEnrolment: guard((enrolment) => store.addCardEnrolment(enrolment)),
    findCardEnrolment: guard((key) => store.findCardEnrolment(key)),
    completeCardEnrolment: guard((completion) => store.completeCardEnrolment(completion)),
  };
}
