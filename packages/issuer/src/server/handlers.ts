/** The two routes as `Request` → `Response`, for any host with the Fetch standard. */
import { buildRedirectHandlers, redirectToNetwork, rules } from '@payment-passkeys/kit';
import { checkGiven, guardAsync } from '../errors.ts';
import { beginEnrolment, FLOW_OPTIONS, type FlowOptions, handleCallback, type RouteOutcome } from './flow.ts';

/** The options of {@link createEnrolmentHandlers}. */
export interface HandlerOptions extends FlowOptions<Request> {
  /**
   * The response for an outcome. For ENROLLED answer 303 to another page, so that the proof disappears from the address bar. Show a failure
   * at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: RouteOutcome, request: Request): Promise<Response> | Response;
}

/** The two routes of an enrolment, for a host with the Fetch standard. */
export interface EnrolmentHandlers {
  /**
   * POST: answers 303 to the network, with the kit's cookie. Before that, the bank checks that the request came from its own page (a CSRF
   * token, or `Origin`). The bank's `form-action` policy must name the network's origin, because browsers apply it to a form's redirects.
   */
  start(request: Request): Promise<Response>;
  /** GET at `callbackUri`. */
  callback(request: Request): Promise<Response>;
}

/** Throws IssuerError `INVALID_OPTIONS` for wrong options. The handlers reject with the errors of `cardholder` and the other hooks. */
export function createEnrolmentHandlers(options: HandlerOptions): EnrolmentHandlers {
  checkGiven(options, { name: 'createEnrolmentHandlers', fields: { ...FLOW_OPTIONS, render: rules.aFunction } });
  return buildRedirectHandlers({
    guardAsync,
    begin: (visitor) => beginEnrolment(options, visitor),
    answer: redirectToNetwork,
    handleReturn: (arrival) => handleCallback(options, arrival),
    render: (outcome, request) => options.render(outcome, request),
  });
}
