/** The two routes as `Request` → `Response`, for any host that speaks the Fetch standard. */
import { readBrowserCookie, rules, serializeBrowserCookie } from '@payment-passkeys/kit';
import { checkGiven, IssuerError } from '../errors.ts';
import {
  beginEnrolment,
  checkRequest,
  FLOW_OPTIONS,
  type FlowOptions,
  handleCallback,
  type RouteOutcome,
} from './flow.ts';

export interface HandlerOptions extends FlowOptions<Request> {
  /**
   * The answer for an outcome. For ENROLLED answer 303 to a page of its own, so that the proof leaves the address bar; show a failure
   * where it arrived, and record nothing of it: nobody signed it.
   */
  render(outcome: RouteOutcome, request: Request): Promise<Response> | Response;
}

/** The two routes around an enrolment, for a host that speaks the Fetch standard. */
export interface EnrolmentHandlers {
  /**
   * POST: 303 to the network, with the kit's cookie. The bank makes sure before that the request came from its own page (a CSRF token,
   * or `Origin`), and its `form-action` policy names the network's origin, as browsers hold a form's redirects to it.
   */
  start(request: Request): Promise<Response>;
  /** GET, at `callbackUri`. */
  callback(request: Request): Promise<Response>;
}

/** Checks its options (throws IssuerError `INVALID_OPTIONS`). What `cardholder` and the other hooks throw, the handlers reject with. */
export function createEnrolmentHandlers(options: HandlerOptions): EnrolmentHandlers {
  checkGiven(options, { name: 'createEnrolmentHandlers', fields: { ...FLOW_OPTIONS, render: rules.aFunction } });
  return {
    async start(request) {
      checkRequest(request, 'start');
      if (request.method !== 'POST') return methodNotAllowed('POST');
      const browser = readBrowserCookie(request.headers.get('cookie'));
      const begun = await beginEnrolment(options, { request, browser });
      if ('outcome' in begun) return keptPrivate(await options.render(begun.outcome, request));
      const { redirect, cookie } = begun.started;
      const headers = { ...PRIVATE_HEADERS, location: redirect, 'set-cookie': serializeBrowserCookie(cookie) };
      return new Response(null, { status: 303, headers });
    },
    async callback(request) {
      checkRequest(request, 'callback');
      // A link checker's HEAD must not complete an enrolment.
      if (request.method !== 'GET') return methodNotAllowed('GET');
      const browser = readBrowserCookie(request.headers.get('cookie'));
      const outcome = await handleCallback(options, { request, url: request.url, browser });
      return keptPrivate(await options.render(outcome, request));
    },
  };
}

/** The launch address carries a token, the callback's a proof: neither is cached, neither is told to the next page. */
export const PRIVATE_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

function keptPrivate(response: Response): Response {
  if (typeof response?.headers?.get !== 'function') {
    throw new IssuerError('INVALID_OPTIONS', 'render must answer a Response of the Fetch standard');
  }
  const answer = new Response(response.body, response);
  for (const [name, value] of Object.entries(PRIVATE_HEADERS)) answer.headers.set(name, value);
  return answer;
}

function methodNotAllowed(allow: string): Response {
  return new Response(null, { status: 405, headers: { allow } });
}
