/** From an order to the cardholder's approval: start, return, and Secure Payment Confirmation's report. */
import {
  buildBrowserCookie,
  type CallbackOrigins,
  type CallContext,
  KitError,
  type KitTracing,
  newSecret,
  type TraceContext,
} from '@payment-passkeys/kit';
import {
  AssertionRequest,
  BindingTransactionInfo,
  CardTransactionInfo,
  compileSchema,
  isAmountOf,
  localeField,
  minorUnitDigits,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import { ADVICE } from '../advice.ts';
import { checkCardNumber } from '../cards/check-card-number.ts';
import { type CardNumber, describeCardNumber, readCardNumber, type SavedCard } from '../cards/saved-card.ts';
import { MerchantError } from '../errors.ts';
import { type MerchantEvent, paymentReturned } from '../events.ts';
import type { ConfirmationReport, PaymentStart, Return, StartedPayment, SteppedUpPayment } from '../merchant.ts';
import { type Network, reasonOf } from '../network.ts';
import { describePending, readArrivedCallback } from '../pending.ts';
import { traceReturn } from '../return-trace.ts';
import type { MerchantStore } from '../store.ts';
import {
  admit,
  authenticatedOutcome,
  type ConfirmationOutcome,
  decideReturn,
  failedOutcome,
  ignoredOutcome,
  judgeEarlierApproval,
  type Order,
  type PaymentOutcome,
  paymentOf,
  readApproval,
  refusedOutcome,
  type StoredPayment,
} from './payment.ts';

const cardInfo = compileSchema(CardTransactionInfo);
const bindingInfo = compileSchema(BindingTransactionInfo);
const assertionRequest = compileSchema(AssertionRequest);

/** Of the network: the order has been approved, and is so once. */
const APPROVED_BEFORE = 'ORDER_ALREADY_APPROVED';
/** … this confirmation is not to be had, or not to be had again. The redirect is. */
const NOT_OFFERED = 'CONFIRMATION_NOT_OFFERED';
/** … it was judged and found wrong; each is a value, because the shop's page caused it. */
const REFUSALS =
  /^(PAYMENT_[A-Z_]+_MISMATCH|CHALLENGE_USED|CREDENTIAL_REFUSED|SESSION_OVER|SESSION_NOT_FOUND|RESULT_ALREADY_TAKEN)$/;

export interface PendingParts {
  readonly network: Network;
  readonly store: MerchantStore;
  readonly callbacks: CallbackOrigins;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  readonly tell: (event: MerchantEvent) => void;
  readonly contextOf: (trace: TraceContext | undefined) => CallContext;
}

export function createPayments({ network, store, callbacks, clock, tracing, tell, contextOf }: PendingParts) {
  /** Verified, held against the payment, and spent: in this order, so that a wrong proof spends nothing. */
  const spend = async (
    pending: StoredPayment,
    proofOfAuthentication: string,
    context: CallContext,
  ): Promise<PaymentOutcome> => {
    const read = await network.readProof(proofOfAuthentication, context);
    if ('refused' in read) return refusedOutcome(read.refused);
    const approval = readApproval({ pending, claims: read.claims, proofOfAuthentication });
    if (approval === undefined) return refusedOutcome({ proofRefusal: 'OTHER_SUBJECT' });
    const { stateHash, orderId } = pending;
    const spent = await store.spendProof({ ...approval, stateHash, orderId });
    if (spent === 'OTHER_PAYMENT') return ignoredOutcome('ORDER_ALREADY_APPROVED');
    const kept = spent === 'SPENT' ? approval : (await store.findPayment({ stateHash }))?.approval;
    if (kept === undefined) return ignoredOutcome('UNKNOWN');
    return authenticatedOutcome({
      stored: pending,
      approval: kept,
      again: spent === 'ALREADY_SPENT',
      proof: proofOfAuthentication,
    });
  };

  const report = async (
    pending: StoredPayment,
    given: AssertionRequest,
    context: CallContext,
  ): Promise<ConfirmationOutcome> => {
    const { authenticationSessionId } = pending;
    try {
      const answer = await network.report({ authenticationSessionId, report: given }, context);
      if (answer.status === 'AUTHENTICATED') return await spend(pending, answer.proofOfAuthentication, context);
      return answer.status === 'REDIRECT' ? { status: 'REDIRECT' } : failedOutcome(pending, answer);
    } catch (error) {
      const because = reasonOf(error);
      if (because === NOT_OFFERED) return { status: 'REDIRECT' };
      if (because === undefined || !REFUSALS.test(because)) throw error;
      return { status: 'REFUSED', because, payment: paymentOf(pending), advice: ADVICE.refused };
    }
  };

  const openPayment = async (info: TransactionSessionInfo, orderId: string, context: CallContext) => {
    try {
      return await network.openPayment(info, context);
    } catch (error) {
      if (!(error instanceof KitError) || reasonOf(error) !== APPROVED_BEFORE) throw error;
      const earlier = judgeEarlierApproval(await store.findPaymentOfOrder({ orderId }), clock());
      const { refusal } = error;
      throw new MerchantError(APPROVED_BEFORE, 'the network has an approval of this order', {
        cause: error,
        ...(refusal && { refusal }),
        ...earlier,
      });
    }
  };

  const begin = async (
    start: PaymentStart,
    trace: TraceContext | undefined,
  ): Promise<StartedPayment | SteppedUpPayment> => {
    const { order, shopperId, browser } = start;
    const state = newSecret();
    const info = buildInfo(start, callbacks.withState(start.callbackUri, state), clock());
    const session = await openPayment(info, order.orderId, contextOf(trace));
    const { nextStep, uri, securePaymentConfirmation } = session;
    const started = {
      type: 'PAYMENT_STARTED',
      nextStep,
      savedCard: 'bindingId' in start.card,
      confirmationOffered: securePaymentConfirmation !== undefined,
    } as const;
    if (nextStep === 'STEP_UP' || uri === undefined) {
      tell({ ...started, at: clock() });
      return { nextStep: 'STEP_UP' };
    }
    const cookie = buildBrowserCookie(browser);
    const pending = describePending({ state, cookie, session, shopperId, trace, now: clock() });
    await store.addPayment({ ...pending, ...pickOrder(order), ...describeCard(start.card) });
    tell({ ...started, at: clock() });
    return {
      nextStep,
      redirect: uri,
      ...(securePaymentConfirmation && { securePaymentConfirmation }),
      clientSessionId: pending.clientSessionId,
      cookie,
    };
  };

  return {
    start: (given: PaymentStart) =>
      tracing.span({ name: 'start payment', parent: given.trace }, async (trace, set) => {
        const started = await begin(given, trace);
        set({ 'payment_passkeys.next_step': started.nextStep });
        return started;
      }),

    async complete({ url, browser, shopperId, trace }: Return): Promise<PaymentOutcome> {
      const arrived = readArrivedCallback(url, 'AUTHENTICATED');
      const stored = arrived && (await store.findPayment(arrived));
      const decide = async (own: TraceContext | undefined): Promise<PaymentOutcome> => {
        if (arrived === undefined) return ignoredOutcome('MALFORMED');
        const { result } = arrived;
        const decision = decideReturn({ stored, result, visitor: { browser, shopperId }, now: clock() });
        if ('outcome' in decision) return decision.outcome;
        return spend(decision.pending, decision.proofOfAuthentication, contextOf(own));
      };
      const outcome = await traceReturn(tracing, { name: 'complete payment', pending: stored, trace }, decide);
      tell(paymentReturned({ outcome, stored, by: 'CALLBACK', at: clock() }));
      return outcome;
    },

    async reportConfirmation(arrived: ConfirmationReport): Promise<ConfirmationOutcome> {
      const { clientSessionId, browser, shopperId, trace } = arrived;
      const given = arrived.report;
      const stored = isUuid(clientSessionId)
        ? await store.findPayment({ clientSessionId: clientSessionId.toLowerCase() })
        : undefined;
      const decide = async (own: TraceContext | undefined): Promise<ConfirmationOutcome> => {
        if (!assertionRequest.accepts(given) || !isUuid(clientSessionId)) return ignoredOutcome('MALFORMED');
        const admission = admit({ stored, visitor: { browser, shopperId }, now: clock() });
        return 'outcome' in admission ? admission.outcome : report(admission.pending, given, contextOf(own));
      };
      const outcome = await traceReturn(tracing, { name: 'report confirmation', pending: stored, trace }, decide);
      tell(paymentReturned({ outcome, stored, by: 'REPORT', at: clock() }));
      return outcome;
    },
  };
}

function buildInfo(start: PaymentStart, callbackUri: string, now: Date): TransactionSessionInfo {
  const { order, card, emailAddress, mobileNumber, locale } = start;
  const contacts = {
    ...(emailAddress !== undefined && { emailAddresses: [emailAddress] }),
    ...(mobileNumber !== undefined && { mobileNumbers: [mobileNumber] }),
  };
  const common = {
    transaction: {
      transactionAmount: { transactionAmount: order.amount, transactionCurrencyCode: order.currency },
      merchantName: order.merchantName,
      merchantOrigin: order.merchantOrigin,
      orderId: order.orderId,
    },
    callbackUri,
    ...localeField(locale),
  };
  checkAmount(order);
  if ('bindingId' in card) {
    const info: BindingTransactionInfo = { bindingId: card.bindingId, accountReferences: contacts, ...common };
    return checked(bindingInfo.violations(info), info);
  }
  const info: CardTransactionInfo = { accountReferences: { cards: [readCardNumber(card)], ...contacts }, ...common };
  checkCardNumber(card, now);
  return checked(cardInfo.violations(info), info);
}

/** The currency first: without one, nothing can be said of an amount. */
function checkAmount({ amount, currency }: Order): void {
  const digits = minorUnitDigits(currency);
  if (digits === undefined) {
    throw new MerchantError(
      'INVALID_PAYMENT',
      'order.currency must be an ISO 4217 code in capital letters, such as USD',
    );
  }
  if (!isAmountOf(amount, currency)) {
    throw new MerchantError('INVALID_PAYMENT', `order.amount must be a decimal with ${digits} digits after the point`);
  }
}

function checked<Info>(
  violations: readonly { readonly pointer: string; readonly problem: string }[],
  info: Info,
): Info {
  const fields = violations.map(({ pointer, problem }) => `${pointer} ${problem}`);
  if (fields.length > 0) throw new MerchantError('INVALID_PAYMENT', fields.join('; '));
  return info;
}

function pickOrder({ orderId, amount, currency, merchantOrigin }: Order) {
  return { orderId, amount, currency, merchantOrigin };
}

function describeCard(card: SavedCard | CardNumber): Omit<SavedCard, 'bindingId'> {
  if (!('bindingId' in card)) return describeCardNumber(card);
  const { brand, lastFour } = card;
  return { brand, lastFour };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
