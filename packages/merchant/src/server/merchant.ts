/** The merchant kit's calls: get a payment approved, and enrol a card for that. */
import { randomUUID } from 'node:crypto';
import type { TracerProvider } from '@opentelemetry/api';
import {
  type AuthOptions,
  authRules,
  type Bindings,
  createBindings,
  createEvents,
  createKitTracing,
  createNetworkClient,
  createSessions,
  type Events,
  emit,
  type Fetch,
  readAuth,
  readBaseAddress,
  readCallbackOrigins,
  type Sessions,
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
import { createMerchants, type Merchants } from './merchants/merchants.ts';
import { createNetwork, type MerchantNetwork } from './network.ts';
import { addAuthenticator, FACTS_MILLISECONDS } from './payments/authenticator.ts';
import { addEci, type EciByBrand } from './payments/eci.ts';
import type { ConfirmationOutcome, PaymentOutcome } from './payments/payment.ts';
import { createPayments } from './payments/payments.ts';
import type { MerchantStore } from './store.ts';

/** The deadline of each call, retries included: a shopper waits no longer than this for a page. */
const DEADLINE_MILLISECONDS = 10_000;

/** The options of {@link createMerchant}. Every field is checked at construction. */
export interface MerchantOptions extends AuthOptions {
  readonly network: MerchantNetwork;
  /** The client id from onboarding; it is in the network's launch addresses. */
  readonly clientId: string;
  /**
   * Where shoppers may return to: exact web origins (`https://shop.example`) and private-use schemes (`example.shop.app`). No default,
   * never empty. The shop is responsible for this list: never add a value from a request.
   */
  readonly callbackOrigins: readonly string[];
  readonly store: MerchantStore;
  /**
   * Adds `authenticator` to the outcome of an approved payment, for a shop that decides by it whether to ask for more. It is one more call to
   * the network while the shopper waits, of at most 1.5 seconds; if it fails, the outcome has no `authenticator`. False by default: the event
   * `payment.approved` has the same facts, and `bindings.search` reads them at any time.
   */
  readonly readAuthenticator?: boolean;
  /**
   * The electronic commerce indicator of each brand for a payment that a passkey approved, two digits, as your processor says. Added to
   * `assuranceData`. No default: the values differ between card networks, and a wrong one claims a liability shift that does not exist.
   */
  readonly eci?: EciByBrand;
  /** Receives events, for logs and counts; they hold no id, amount, account or proof. Its errors are dropped. */
  readonly onEvent?: OnEvent;
  /** The current time; the system's clock by default. */
  readonly clock?: () => Date;
  /** An HTTP client of the host; by default undici's, which resolves `localhost` names to loopback. */
  readonly fetch?: Fetch;
  /** The timers; the system's by default. */
  readonly timers?: Timers;
  /** Returns a number from 0 up to 1, to spread retries; Math.random by default. */
  readonly random?: () => number;
  /** OpenTelemetry's provider; by default the one that the shop has registered with its API, if any. */
  readonly tracerProvider?: TracerProvider;
}

/** The merchant kit's calls: payments, Secure Payment Confirmation, cards, and those for the time after them. */
export interface Merchant {
  /**
   * Opens a payment's session at the network, then stores the payment as pending; both are done before it resolves. A new start for the
   * same order ends the earlier session. Throws MerchantError `CALLBACK_NOT_ALLOWED`, `INVALID_PAYMENT`, `INVALID_CARD`,
   * `ORDER_ALREADY_APPROVED`, `NETWORK_…`, `SIGNER_UNAVAILABLE`, `STORE_UNAVAILABLE`.
   */
  startPayment(start: PaymentStart): Promise<StartedPayment | SteppedUpPayment>;
  /**
   * Returns the outcome of a payment's callback. AUTHENTICATED: the proof is verified (signature, issuer, audience, time), belongs to this
   * payment (session, order, amount, currency, merchant, card), and was spent; `again` is false for exactly one caller. Mark the order as
   * paid by an idempotent update and do not rely on `again`: the process may end in between, and the same callback then completes it.
   * CANCELLED and ERROR must be shown and end nothing: they are unsigned, and AUTHENTICATED may still follow. IGNORED: nothing changed.
   * Throws MerchantError `NETWORK_…` or `STORE_UNAVAILABLE`: nothing is lost, and a reload of the callback completes it.
   */
  completePayment(given: Return): Promise<PaymentOutcome>;
  /**
   * Returns the outcome of a Secure Payment Confirmation from the report of `payWithPasskey`. A repeated report has the same outcome. Throws
   * as {@link Merchant.completePayment} does, and `SIGNER_UNAVAILABLE`.
   */
  reportConfirmation(given: ConfirmationReport): Promise<ConfirmationOutcome>;
  /**
   * Opens a session to enrol a card: the network asks the card's issuer to confirm the cardholder, and creates or uses a passkey. Throws as
   * {@link Merchant.startPayment} does, except `INVALID_PAYMENT`.
   */
  startCardEnrolment(start: CardStart): Promise<StartedCardEnrolment>;
  /**
   * Returns the outcome of a card's callback. ENROLLED: the proof is verified, and the network has bound the passkey to the card. Throws as
   * {@link Merchant.completePayment} does, and `SIGNER_UNAVAILABLE`.
   */
  completeCardEnrolment(given: Return): Promise<CardOutcome>;
  /** Reads the state of a session. */
  readonly sessions: Sessions;
  /** This merchant's bindings: search, suspend, resume, remove. */
  readonly bindings: Bindings;
  /** Only for a payment service provider: the merchants that it acts for. */
  readonly merchants: Merchants;
  /** Receives the network's events: a webhook's handler, and a reader. */
  readonly events: Events;
  /** Closes the connections to the network; call it at the end of the process. */
  close(): Promise<void>;
}

/** Throws MerchantError `INVALID_OPTIONS` for wrong options. Sends nothing until the first start. */
export function createMerchant(options: MerchantOptions): Merchant {
  return guard(() => buildMerchant(options));
}

function buildMerchant(options: MerchantOptions): Merchant {
  checkGiven(options, { name: 'createMerchant', fields: { ...MERCHANT_OPTIONS, ...authRules(options) } });
  const { clientId, clock = () => new Date(), timers = systemTimers } = options;
  const client = createNetworkClient({
    ...readAuth(options, {
      clientId,
      apiUrl: readBaseAddress('network.url', options.network.url),
      signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    }),
    clock,
    timers,
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
  const lifecycle = { caller: network.lifecycle, contextOf: parts.contextOf, checkGiven, guardAsync };
  const payments = createPayments(parts);
  const deadline = () => new Date(clock().getTime() + FACTS_MILLISECONDS);
  const soon = createBindings({ ...lifecycle, contextOf: (trace) => ({ deadline: deadline(), trace }) });
  const describe = async <Outcome extends ConfirmationOutcome>(outcome: Promise<Outcome>) =>
    addEci(options.readAuthenticator ? await addAuthenticator(await outcome, soon) : await outcome, options.eci);
  const cards = createCardEnrolments(parts);
  return {
    startPayment: checked(payments.start, { name: 'startPayment', fields: PAYMENT_START, code: 'INVALID_PAYMENT' }),
    completePayment: checked((given: Return) => describe(payments.complete(given)), {
      name: 'completePayment',
      fields: RETURN,
    }),
    reportConfirmation: checked((given: ConfirmationReport) => describe(payments.reportConfirmation(given)), {
      name: 'reportConfirmation',
      fields: CONFIRMATION_REPORT,
    }),
    startCardEnrolment: checked(cards.start, { name: 'startCardEnrolment', fields: CARD_START, code: 'INVALID_CARD' }),
    completeCardEnrolment: checked(cards.complete, { name: 'completeCardEnrolment', fields: RETURN }),
    sessions: createSessions(lifecycle),
    bindings: createBindings(lifecycle),
    merchants: createMerchants(lifecycle),
    events: createEvents({
      ...lifecycle,
      client,
      apiUrl: network.apiUrl,
      clientId,
      clock,
      timers,
      tracing,
      buildStoreError: (cause) => new MerchantError('STORE_UNAVAILABLE', 'the event store failed', { cause }),
      isOwnError: (error) => error instanceof MerchantError,
      checkOffered: () => {},
    }),
    close: () => client.close(),
  };
}

/** Wraps a call: checks its argument first, and throws only the kit's own error. */
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
