/** The steps of a payment at a shop's own routes, for any kind of request. */
import {
  type Arrival,
  type BegunRedirect,
  handleReport,
  handleReturn,
  type RedirectSteps,
  rules,
  startRedirect,
  type TraceContext,
  type Visitor,
} from '@payment-passkeys/kit';
import { MerchantError } from '../errors.ts';
import type { PaymentStart, StartedPayment, SteppedUpPayment } from './calls.ts';
import { callOf, INTERRUPTED, type Interruption } from './interruption.ts';
import type { Merchant } from './merchant.ts';
import type { ConfirmationOutcome, PaymentOutcome } from './payments/payment.ts';

/** The shop's part of {@link PaymentStart}; the routes add the rest. */
export type PaymentDetails = Omit<PaymentStart, 'shopperId' | 'callbackUri' | 'browser' | 'trace'>;

/** The hooks that the shop implements. Their errors are rethrown unchanged. */
export interface PaymentHooks<HostRequest> {
  /** The shop's own id of the shopper who is signed in, or of a guest's session; undefined if there is neither. Called at every route. */
  shopper(request: HostRequest): Promise<string | undefined> | string | undefined;
  /** What to pay: the order from the shop's own records, and the card from the request. */
  payment(request: HostRequest, shopperId: string): Promise<PaymentDetails> | PaymentDetails;
  /**
   * Returns the order's next id when the approval under this one is `LOST`: the payment is then started once more, with the new id. Keep
   * both ids as one order in your books. Without this hook the start ends UNFINISHED with `ORDER_ALREADY_APPROVED`.
   */
  nextOrderId?(lost: { readonly orderId: string }, request: HostRequest): Promise<string> | string;
  /** Awaited before the browser leaves. */
  started?(
    started: {
      readonly clientSessionId: string;
      /** The network's id of the session, for `sessions.read`. */
      readonly authenticationSessionId: string;
      readonly shopperId: string;
      readonly details: PaymentDetails;
    },
    request: HostRequest,
  ): Promise<void> | void;
  /** The trace of the request, to pass on to the network. */
  trace?(request: HostRequest): TraceContext | undefined;
}

/** Everything that a route may have to show. STEP_UP at the start: nothing is pending, so use 3-D Secure or a one-time code. */
export type PaymentRouteOutcome =
  | PaymentOutcome
  | Interruption
  | ({ readonly status: 'STEP_UP'; readonly advice: 'STEP_UP' } & Pick<SteppedUpPayment, 'bindingStatus'>);

/** The outcome for the report of a confirmation. */
export type ConfirmationRouteOutcome = ConfirmationOutcome | Interruption;

/** The browser part's report: the payment, and the result. */
export interface ReportedConfirmation {
  readonly clientSessionId: string;
  /** The value from `payWithPasskey`; `reportConfirmation` checks it. */
  readonly confirmation: unknown;
}

/** The options of every kind of route. */
export interface PaymentFlowOptions<HostRequest> extends PaymentHooks<HostRequest> {
  readonly merchant: Pick<Merchant, 'startPayment' | 'completePayment' | 'reportConfirmation'>;
  /** The absolute address of the callback's route, as a browser sees it; its origin must be one of the merchant's `callbackOrigins`. */
  readonly callbackUri: string;
}

const { aFunction, anAddress, optional, withMethods } = rules;

export const FLOW_OPTIONS: rules.Rules = {
  merchant: withMethods('startPayment', 'completePayment', 'reportConfirmation'),
  callbackUri: anAddress,
  shopper: aFunction,
  payment: aFunction,
  nextOrderId: optional(aFunction),
  started: optional(aFunction),
  trace: optional(aFunction),
};

/** Starts the payment of the shopper who is signed in, and awaits `started`. */
export async function beginPayment<HostRequest>(
  options: PaymentFlowOptions<HostRequest>,
  visitor: Visitor<HostRequest>,
): Promise<BegunRedirect<StartedPayment, PaymentRouteOutcome>> {
  const begun = await startRedirect(stepsOf(options), visitor);
  if (!begun.ok) return begun;
  const { started, details, personId: shopperId } = begun;
  if (started.nextStep === 'STEP_UP') {
    const { bindingStatus } = started;
    return { ok: false, outcome: { status: 'STEP_UP', advice: 'STEP_UP', ...(bindingStatus && { bindingStatus }) } };
  }
  const { clientSessionId, authenticationSessionId } = started;
  await options.started?.({ clientSessionId, authenticationSessionId, shopperId, details }, visitor.request);
  return { ok: true, started };
}

/** Handles the callback. If the shopper was signed out in the meantime, nothing changes: the same callback completes after the sign-in. */
export function handleCallback<HostRequest>(
  options: PaymentFlowOptions<HostRequest>,
  arrival: Arrival<HostRequest>,
): Promise<PaymentRouteOutcome> {
  return handleReturn(stepsOf(options), arrival);
}

/** Handles the report. `read` is called after the shopper is known. */
export function handleConfirmation<HostRequest>(
  options: PaymentFlowOptions<HostRequest>,
  visitor: Visitor<HostRequest>,
  read: () => Promise<ReportedConfirmation> | ReportedConfirmation,
): Promise<ConfirmationRouteOutcome> {
  return handleReport(stepsOf(options), visitor, async ({ personId: shopperId, browser, trace }) => {
    const { clientSessionId, confirmation } = await read();
    return options.merchant.reportConfirmation({
      clientSessionId,
      report: confirmation,
      browser,
      shopperId,
      trace,
    });
  });
}

/** Reads the report. For a malformed body reportConfirmation answers IGNORED, MALFORMED. */
export function readReport(body: unknown): ReportedConfirmation {
  const { clientSessionId, confirmation } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<
    Record<string, unknown>
  >;
  return { clientSessionId: typeof clientSessionId === 'string' ? clientSessionId : '', confirmation };
}

/** The answer for a page's script, instead of a redirect. */
export interface StartedForScript {
  /** For `payWithPasskey` of `./browser`. The fragment of `redirect` is an access token, so it must not be logged. */
  readonly payment: Pick<StartedPayment, 'redirect' | 'securePaymentConfirmation'>;
  /** Send it with the confirmation's report. */
  readonly clientSessionId: string;
}

export function describeStarted(started: StartedPayment): StartedForScript {
  const { redirect, securePaymentConfirmation, clientSessionId } = started;
  return { payment: { redirect, ...(securePaymentConfirmation && { securePaymentConfirmation }) }, clientSessionId };
}

function stepsOf<HostRequest>(
  options: PaymentFlowOptions<HostRequest>,
): RedirectSteps<HostRequest, PaymentDetails, StartedPayment | SteppedUpPayment, PaymentOutcome, Interruption> {
  const { merchant, callbackUri } = options;
  return {
    ...INTERRUPTED,
    findPerson: (request) => options.shopper(request),
    readDetails: (request, shopperId) => options.payment(request, shopperId),
    async start(details, signedIn, request) {
      const start = (order: PaymentDetails['order']) =>
        merchant.startPayment({ ...details, ...callOf(signedIn), order, callbackUri });
      try {
        return await start(details.order);
      } catch (error) {
        const isLost = error instanceof MerchantError && error.earlierApproval === 'LOST';
        if (!isLost || options.nextOrderId === undefined) throw error;
        const { orderId } = details.order;
        return start({ ...details.order, orderId: await options.nextOrderId({ orderId }, request) });
      }
    },
    complete: ({ url, ...signedIn }) => merchant.completePayment({ url, ...callOf(signedIn) }),
    trace: options.trace && ((request) => options.trace?.(request)),
  };
}
