/** The parts that the handlers of both kits share, for hosts with the Fetch standard. */
import { type BrowserCookie, readBrowserCookie, serializeBrowserCookie } from '../callback/browser-cookie.ts';
import { buildRoutePattern } from '../http/route-pattern.ts';
import { KitError } from '../kit-error.ts';

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

/** Answers 303 to the network, with the kit's cookie. */
export function redirectToNetwork({
  redirect,
  cookie,
}: {
  readonly redirect: string;
  readonly cookie: BrowserCookie;
}): Response {
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

/** Answers 405 unless the request has this method: the HEAD of a link checker must not complete anything. */
export function refuseOtherMethods(request: Request, allow: 'GET' | 'POST'): Response | undefined {
  return request.method === allow ? undefined : new Response(null, { status: 405, headers: { allow } });
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
