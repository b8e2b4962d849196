/** A payment from its order to the cardholder's approval: start, return, and the report of Secure Payment Confirmation. */
import {
  buildBrowserCookie,
  type CallContext,
  describePending,
  KitError,
  newSecret,
  readReceivedCallback,
  reasonOf,
  type TraceContext,
  traceReturn,
} from '@payment-passkeys/kit';
import {
  type AcquirerData,
  AssertionRequest,
  BindingTransactionInfo,
  CardTransactionInfo,
  compileSchema,
  isAmountOf,
  localeField,
  minorUnitDigits,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import { MerchantError } from '../../errors.ts';
import { ADVICE } from '../advice.ts';
import type { ConfirmationReport, Order, PaymentStart, Return, StartedPayment, SteppedUpPayment } from '../calls.ts';
import { checkCardNumber } from '../check-card-number.ts';
import type { Dependencies } from '../dependencies.ts';
import { ignoredOutcome, refusedOutcome } from '../pending.ts';
import { type CardNumber, describeCardNumber, readCardNumber, type SavedCard } from '../saved-card.ts';
import { type PaymentEvent, paymentReturned } from './events.ts';
import {
  admit,
  authenticatedOutcome,
  type ConfirmationOutcome,
  decideReturn,
  failedOutcome,
  judgeEarlierApproval,
  type PaymentOutcome,
  paymentOf,
  readApproval,
  type StoredPayment,
} from './payment.ts';
import type { PaymentStore } from './store.ts';

const cardInfo = compileSchema(CardTransactionInfo);
const bindingInfo = compileSchema(BindingTransactionInfo);
const assertionRequest = compileSchema(AssertionRequest);

/** Reason of the network: the order is approved already; an order is approved only once. */
const APPROVED_BEFORE = 'ORDER_ALREADY_APPROVED';
/** Reason of the network: this confirmation is not offered, or no longer. The redirect works. */
const NOT_OFFERED = 'CONFIRMATION_NOT_OFFERED';
/** Reasons of the network for a wrong confirmation. Each becomes an outcome and not an error, because the shop's page caused it. */
const REFUSALS =
  /^(PAYMENT_[A-Z_]+_MISMATCH|CHALLENGE_USED|CREDENTIAL_REFUSED|SESSION_OVER|SESSION_NOT_FOUND|RESULT_ALREADY_TAKEN)$/;

export function createPayments({
  network,
  store,
  callbacks,
  clock,
  tracing,
  emit,
  contextOf,
}: Dependencies<PaymentStore, PaymentEvent>) {
  /** Verifies the proof, compares it with the payment, and spends it, in this order, so that a wrong proof spends nothing. */
  const spend = async (
    pending: StoredPayment,
    proofOfAuthentication: string,
    context: CallContext,
  ): Promise<PaymentOutcome> => {
    const read = await network.readProof(proofOfAuthentication, context);
    if (!read.ok) return refusedOutcome(read.refused);
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

  const openPayment = async (start: PaymentStart, info: TransactionSessionInfo, context: CallContext) => {
    try {
      return await network.openPayment({ info, merchantId: start.merchant }, context);
    } catch (error) {
      if (!(error instanceof KitError) || reasonOf(error) !== APPROVED_BEFORE) throw error;
      const earlier = judgeEarlierApproval(await store.findPaymentOfOrder(start.order), clock());
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
    const session = await openPayment(start, info, contextOf(trace));
    const { nextStep, bindingStatus, uri, securePaymentConfirmation } = session;
    const started = {
      type: 'PAYMENT_STARTED',
      nextStep,
      savedCard: 'bindingId' in start.card,
      confirmationOffered: securePaymentConfirmation !== undefined,
    } as const;
    if (nextStep === 'STEP_UP' || uri === undefined) {
      emit({ ...started, at: clock() });
      return { nextStep: 'STEP_UP', ...(bindingStatus && { bindingStatus }) };
    }
    const cookie = buildBrowserCookie(browser);
    const pending = { ...describePending({ state, cookie, session, trace, now: clock() }), shopperId };
    await store.addPayment({ ...pending, ...pickOrder(order), ...describeCard(start.card) });
    emit({ ...started, at: clock() });
    return {
      nextStep,
      redirect: uri,
      ...(securePaymentConfirmation && { securePaymentConfirmation }),
      clientSessionId: pending.clientSessionId,
      authenticationSessionId: pending.authenticationSessionId,
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
      const callback = readReceivedCallback(url, 'AUTHENTICATED');
      const stored = callback && (await store.findPayment({ stateHash: callback.stateHash }));
      const decide = async (own: TraceContext | undefined): Promise<PaymentOutcome> => {
        if (callback === undefined) return ignoredOutcome('MALFORMED');
        const { result } = callback;
        const decision = decideReturn({ stored, result, visitor: { browser, shopperId }, now: clock() });
        if (decision.next === 'ANSWER') return decision.outcome;
        return spend(decision.pending, decision.proofOfAuthentication, contextOf(own));
      };
      const outcome = await traceReturn(tracing, { name: 'complete payment', pending: stored, trace }, decide);
      emit(paymentReturned({ outcome, stored, by: 'CALLBACK', at: clock() }));
      return outcome;
    },

    async reportConfirmation(reported: ConfirmationReport): Promise<ConfirmationOutcome> {
      const { clientSessionId, browser, shopperId, trace } = reported;
      const given = reported.report;
      const stored = isUuid(clientSessionId)
        ? await store.findPayment({ clientSessionId: clientSessionId.toLowerCase() })
        : undefined;
      const decide = async (own: TraceContext | undefined): Promise<ConfirmationOutcome> => {
        if (!assertionRequest.accepts(given) || !isUuid(clientSessionId)) return ignoredOutcome('MALFORMED');
        const admission = admit({ stored, visitor: { browser, shopperId }, now: clock(), proof: undefined });
        return admission.ok ? report(admission.pending, given, contextOf(own)) : admission.outcome;
      };
      const outcome = await traceReturn(tracing, { name: 'report confirmation', pending: stored, trace }, decide);
      emit(paymentReturned({ outcome, stored, by: 'REPORT', at: clock() }));
      return outcome;
    },
  };
}

function buildInfo(start: PaymentStart, callbackUri: string, now: Date): TransactionSessionInfo {
  const { order, card, acquirer, emailAddress, mobileNumber, locale } = start;
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
      ...pickAcquirer(acquirer),
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

/** Checks the currency first, because the amount's digits depend on it. */
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

function pickAcquirer(acquirer: AcquirerData = {}): AcquirerData {
  const { acquirerMerchantId, acquirerBIN, merchantCategoryCode, merchantCountryCode } = acquirer;
  return {
    ...(acquirerMerchantId !== undefined && { acquirerMerchantId }),
    ...(acquirerBIN !== undefined && { acquirerBIN }),
    ...(merchantCategoryCode !== undefined && { merchantCategoryCode }),
    ...(merchantCountryCode !== undefined && { merchantCountryCode }),
  };
}

function describeCard(card: SavedCard | CardNumber): Omit<SavedCard, 'bindingId'> {
  if (!('bindingId' in card)) return describeCardNumber(card);
  const { brand, lastFour } = card;
  return { brand, lastFour };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
