/** The two routes as `Request` → `Response`, for any host that speaks the Fetch standard. */
import { keepPrivate, readBrowserOf, redirectToNetwork, refuseOtherMethods, rules } from '@payment-passkeys/kit';
import { checkGiven, guardAsync } from '../errors.ts';
import { beginEnrolment, FLOW_OPTIONS, type FlowOptions, handleCallback, type RouteOutcome } from './flow.ts';

/** What {@link createEnrolmentHandlers} is made with. */
export interface HandlerOptions extends FlowOptions<Request> {
  /**
   * The answer for an outcome. For ENROLLED answer 303 to a page of its own, so that the proof leaves the address bar; show a failure
   * at the callback's address, and store nothing of it: it is unsigned.
   */
  render(outcome: RouteOutcome, request: Request): Promise<Response> | Response;
}

/** The two routes around an enrolment, for a host that speaks the Fetch standard. */
export interface EnrolmentHandlers {
  /**
   * POST: 303 to the network, with the kit's cookie. The bank checks before that the request came from its own page (a CSRF token,
   * or `Origin`), and its `form-action` policy names the network's origin, because browsers apply it to a form's redirects.
   */
  start(request: Request): Promise<Response>;
  /** GET, at `callbackUri`. */
  callback(request: Request): Promise<Response>;
}

/** Checks its options (throws IssuerError `INVALID_OPTIONS`). The handlers reject with what `cardholder` and the other hooks throw. */
export function createEnrolmentHandlers(options: HandlerOptions): EnrolmentHandlers {
  checkGiven(options, { name: 'createEnrolmentHandlers', fields: { ...FLOW_OPTIONS, render: rules.aFunction } });
  const render = async (outcome: RouteOutcome, request: Request) => keepPrivate(await options.render(outcome, request));
  return {
    start: (request) =>
      guardAsync(async () => {
        const browser = readBrowserOf(request, 'start');
        const refusal = refuseOtherMethods(request, 'POST');
        if (refusal !== undefined) return refusal;
        const begun = await beginEnrolment(options, { request, browser });
        return begun.ok ? redirectToNetwork(begun.started) : render(begun.outcome, request);
      }),
    callback: (request) =>
      guardAsync(async () => {
        const browser = readBrowserOf(request, 'callback');
        const refusal = refuseOtherMethods(request, 'GET');
        if (refusal !== undefined) return refusal;
        return render(await handleCallback(options, { request, url: request.url, browser }), request);
      }),
  };
}
