/** The routes of a payment as `Request` → `Response`, for any host that speaks the Fetch standard. */
import {
  keepPrivate,
  readBrowserOf,
  redirectToNetwork,
  refuseOtherMethods,
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

/** What {@link createPaymentHandlers} is made with. */
export interface PaymentHandlerOptions extends PaymentFlowOptions<Request> {
  /**
   * The answer for an outcome. For AUTHENTICATED mark the order as paid and answer 303 to a page of its own, so that the proof leaves the
   * address bar; show a failure at the callback's address, and store nothing of it: it is unsigned.
   */
  render(outcome: PaymentRouteOutcome, request: Request): Promise<Response> | Response;
  /** The answer to a report. For AUTHENTICATED mark the order as paid. `payWithPasskey` needs its `status`: `Response.json({ status })`. */
  renderConfirmation(outcome: ConfirmationRouteOutcome, request: Request): Promise<Response> | Response;
}

/** The handlers of the three routes. */
export interface PaymentHandlers {
  /**
   * POST. To a form: 303 to the network. To a script (`Accept: application/json`): 200 and JSON, `{ payment, clientSessionId }`, for
   * `payWithPasskey`. Both with the kit's cookie. The shop checks before that the request came from its own page (a CSRF token, or
   * `Origin`), and its `form-action` policy names the network's origin, because browsers apply it to a form's redirects.
   */
  start(request: Request): Promise<Response>;
  /** GET, at `callbackUri`. */
  callback(request: Request): Promise<Response>;
  /** POST, JSON: `{ clientSessionId, confirmation }`, where `confirmation` is what `payWithPasskey` reports. Checked before like the start. */
  confirmation(request: Request): Promise<Response>;
}

/** Checks its options (throws MerchantError `INVALID_OPTIONS`). The handlers reject with what `shopper` and the other hooks throw. */
export function createPaymentHandlers(options: PaymentHandlerOptions): PaymentHandlers {
  checkGiven(options, { name: 'createPaymentHandlers', fields: HANDLER_OPTIONS });
  const render = async (outcome: PaymentRouteOutcome, request: Request) =>
    keepPrivate(await options.render(outcome, request));
  return {
    start: (request) =>
      guardAsync(async () => {
        const browser = readBrowserOf(request, 'start');
        const refusal = refuseOtherMethods(request, 'POST');
        if (refusal !== undefined) return refusal;
        const begun = await beginPayment(options, { request, browser });
        if (!begun.ok) return render(begun.outcome, request);
        return request.headers.get('accept') === 'application/json'
          ? answerScript(begun.started)
          : redirectToNetwork(begun.started);
      }),
    callback: (request) =>
      guardAsync(async () => {
        const browser = readBrowserOf(request, 'callback');
        const refusal = refuseOtherMethods(request, 'GET');
        if (refusal !== undefined) return refusal;
        return render(await handleCallback(options, { request, url: request.url, browser }), request);
      }),
    confirmation: (request) =>
      guardAsync(async () => {
        const browser = readBrowserOf(request, 'confirmation');
        const refusal = refuseOtherMethods(request, 'POST');
        if (refusal !== undefined) return refusal;
        const outcome = await handleConfirmation(options, { request, browser }, () => readBody(request));
        return keepPrivate(await options.renderConfirmation(outcome, request));
      }),
  };
}

const HANDLER_OPTIONS: rules.Rules = {
  ...FLOW_OPTIONS,
  render: rules.aFunction,
  renderConfirmation: rules.aFunction,
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
