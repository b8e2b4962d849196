/** The parts that the handlers of both kits share, for hosts with the Fetch standard. */
import { type BrowserCookie, readBrowserCookie, serializeBrowserCookie } from '../callback/browser-cookie.ts';
import { buildRoutePattern } from '../http/route-pattern.ts';
import { KitError } from '../kit-error.ts';
import type { ErrorBoundary } from '../public-error.ts';
import type { Arrival, BegunRedirect, Visitor } from './redirect.ts';

/** The launch address holds a token and the callback's address a proof: responses are not cached, and no referrer is sent. */
export const PRIVATE_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/**
 * Throws KitError `INVALID_OPTIONS` unless `request` is a `Request` of the Fetch standard (of any realm); the usual mistake is to pass Node's
 * own request.
 */
export function checkRequest(request: Request, handler: string): void {
  if (typeof request?.headers?.get === 'function') return;
  const hint = 'of Node or Express, mount toNodeHandler(…)';
  throw new KitError('INVALID_OPTIONS', `${handler} takes a Request of the Fetch standard; ${hint}`);
}

/** The value of the kit's cookie. Throws as {@link checkRequest} does. */
export function readBrowserOf(request: Request, handler: string): string | undefined {
  checkRequest(request, handler);
  return readBrowserCookie(request.headers.get('cookie'));
}

/**
 * Answers a request of the handler's one method by `handle`, which gets the value of the kit's cookie; any other method is answered 405: the
 * HEAD of a link checker must not complete anything. Throws as {@link checkRequest} does.
 */
export async function answerRequest(
  request: Request,
  {
    handler,
    method,
    handle,
  }: {
    readonly handler: string;
    readonly method: 'GET' | 'POST';
    readonly handle: (request: Request, browser: string | undefined) => Promise<Response>;
  },
): Promise<Response> {
  const browser = readBrowserOf(request, handler);
  if (request.method !== method) return new Response(null, { status: 405, headers: { allow: method } });
  return handle(request, browser);
}

/** Where a start sends the browser, and the cookie that it gets. */
interface Launch {
  readonly redirect: string;
  readonly cookie: BrowserCookie;
}

interface RedirectHandlerParts<Started, Outcome> {
  /** The error boundary of the kit that the handlers belong to. */
  readonly guardAsync: ErrorBoundary<string>['guardAsync'];
  readonly begin: (visitor: Visitor<Request>) => Promise<BegunRedirect<Started, Outcome>>;
  readonly answer: (started: Started, request: Request) => Response;
  readonly handleReturn: (arrival: Arrival<Request>) => Promise<Outcome>;
  readonly render: (outcome: Outcome, request: Request) => Promise<Response> | Response;
}

/** The handlers of the start (POST) and of the callback (GET). They are the same for an enrolment, a payment and an added card. */
export function buildRedirectHandlers<Started, Outcome>({
  guardAsync,
  begin,
  answer,
  handleReturn,
  render,
}: RedirectHandlerParts<Started, Outcome>): Record<'start' | 'callback', (request: Request) => Promise<Response>> {
  const show = async (outcome: Outcome, request: Request) => keepPrivate(await render(outcome, request));
  const start = async (request: Request, browser: string | undefined) => {
    const begun = await begin({ request, browser });
    return begun.ok ? answer(begun.started, request) : show(begun.outcome, request);
  };
  const callback = async (request: Request, browser: string | undefined) =>
    show(await handleReturn({ request, url: request.url, browser }), request);
  return {
    start: (request) => guardAsync(() => answerRequest(request, { handler: 'start', method: 'POST', handle: start })),
    callback: (request) =>
      guardAsync(() => answerRequest(request, { handler: 'callback', method: 'GET', handle: callback })),
  };
}

/** Answers 303 to the network, with the kit's cookie. */
export function redirectToNetwork({ redirect, cookie }: Launch): Response {
  const headers = { ...PRIVATE_HEADERS, location: redirect, 'set-cookie': serializeBrowserCookie(cookie) };
  return new Response(null, { status: 303, headers });
}

/** The host's answer with {@link PRIVATE_HEADERS}. Throws KitError `INVALID_OPTIONS` if it is not a `Response`. */
export function keepPrivate(response: Response): Response {
  if (typeof response?.headers?.get !== 'function') {
    throw new KitError('INVALID_OPTIONS', 'render must answer a Response of the Fetch standard');
  }
  const answer = new Response(response.body, response);
  for (const [name, value] of Object.entries(PRIVATE_HEADERS)) answer.headers.set(name, value);
  return answer;
}

/**
 * The Fastify route of a callback, in a plugin that is registered with `prefix`; Fastify puts the prefix before every route. See {@link
 * buildRoutePattern}.
 */
export function buildCallbackRoute(callbackUri: string, prefix: string): string {
  const { pathname } = new URL(callbackUri);
  const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname;
  return buildRoutePattern('callbackUri', path);
}
