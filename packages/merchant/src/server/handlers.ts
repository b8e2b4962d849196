/** The routes of a payment as `Request` → `Response`, for any host with the Fetch standard. */
import {
  answerRequest,
  buildRedirectHandlers,
  keepPrivate,
  redirectToNetwork,
  rules,
  serializeBrowserCookie,
} from '@payment-passkeys/kit';
import { checkGiven, guardAsync } from '../errors.ts';
import type { StartedPayment } from './calls.ts';
import {
  beginPayment,
  type ConfirmationRouteOutcome,
  describeStarted,
  FLOW_OPTIONS,
  handleCallback,
  handleConfirmation,
  type PaymentFlowOptions,
  type PaymentRouteOutcome,
  type ReportedConfirmation,
  readReport,
} from './flow.ts';

/** The options of {@link createPaymentHandlers}. */
export interface PaymentHandlerOptions extends PaymentFlowOptions<Request> {
  /**
   * The response for an outcome. For AUTHENTICATED mark the order as paid and answer 303 to another page, so that the proof disappears from
   * the address bar. Show a failure at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: PaymentRouteOutcome, request: Request): Promise<Response> | Response;
  /**
   * The response to a report. For AUTHENTICATED mark the order as paid. `payWithPasskey` needs its `status`: `Response.json({ status })`.
   * Leave it out if your pages do not use `payWithPasskey`: `confirmation` then answers 404.
   */
  renderConfirmation?(outcome: ConfirmationRouteOutcome, request: Request): Promise<Response> | Response;
}

/** The handlers of the three routes. */
export interface PaymentHandlers {
  /**
   * POST. Answers a form with 303 to the network, and a script (`Accept: application/json`) with 200 and JSON, `{ payment, clientSessionId
   * }`, for `payWithPasskey`; both with the kit's cookie. Before that, the shop checks that the request came from its own page (a CSRF
   * token, or `Origin`). The shop's `form-action` policy must name the network's origin, because browsers apply it to a form's redirects.
   */
  start(request: Request): Promise<Response>;
  /** GET at `callbackUri`. */
  callback(request: Request): Promise<Response>;
  /**
   * POST with JSON: `{ clientSessionId, confirmation }`, in which `confirmation` is the report of `payWithPasskey`. The shop checks the
   * request before, as for the start.
   */
  confirmation(request: Request): Promise<Response>;
}

/** Throws MerchantError `INVALID_OPTIONS` for wrong options. The handlers reject with the errors of `shopper` and the other hooks. */
export function createPaymentHandlers(options: PaymentHandlerOptions): PaymentHandlers {
  checkGiven(options, { name: 'createPaymentHandlers', fields: HANDLER_OPTIONS });
  const handlers = buildRedirectHandlers({
    guardAsync,
    begin: (visitor) => beginPayment(options, visitor),
    answer: (started, request) =>
      request.headers.get('accept') === 'application/json' ? answerScript(started) : redirectToNetwork(started),
    handleReturn: (arrival) => handleCallback(options, arrival),
    render: (outcome, request) => options.render(outcome, request),
  });
  const confirm = async (request: Request, browser: string | undefined) => {
    if (options.renderConfirmation === undefined) return new Response(null, { status: 404 });
    const outcome = await handleConfirmation(options, { request, browser }, () => readBody(request));
    return keepPrivate(await options.renderConfirmation(outcome, request));
  };
  return {
    ...handlers,
    confirmation: (request) =>
      guardAsync(() => answerRequest(request, { handler: 'confirmation', method: 'POST', handle: confirm })),
  };
}

const HANDLER_OPTIONS: rules.Rules = {
  ...FLOW_OPTIONS,
  render: rules.aFunction,
  renderConfirmation: rules.optional(rules.aFunction),
};

function answerScript(started: StartedPayment): Response {
  const answer = Response.json(describeStarted(started));
  answer.headers.set('set-cookie', serializeBrowserCookie(started.cookie));
  return keepPrivate(answer);
}

async function readBody(request: Request): Promise<ReportedConfirmation> {
  try {
    return readReport(await request.clone().json());
  } catch {
    return readReport(undefined);
  }
}
