/**
 * The two routes for a native app, as JSON. There is no cookie in an app: it is given the secret that ties the return to it, keeps it
 * while the network's page is open, and hands it in with the callback. The app authenticates to its bank in its own way.
 */
import { PRIVATE_HEADERS, readBrowserOf, rules } from '@payment-passkeys/kit';
import { checkGiven, guard } from '../errors.ts';
import { beginEnrolment, FLOW_OPTIONS, type FlowOptions, handleCallback, type RouteOutcome } from './flow.ts';

/** The two routes of an app's back end. Each takes a `Request` with JSON and answers JSON. */
export interface AppHandlers {
  /** POST: 200 `{ "uri", "callbackUri", "browser" }`, where `browser` is the secret; else 401 or 503 and an {@link AppOutcome}. */
  start(request: Request): Promise<Response>;
  /** POST `{ "url", "browser" }`, the callback as it arrived and the secret: 200 and an {@link AppOutcome}, 401 or 503 likewise. */
  complete(request: Request): Promise<Response>;
}

/** What the app is told: how it ended, and what its owner may do next. */
export interface AppOutcome {
  readonly status: RouteOutcome['status'];
  /** The reason of a failure, or why it was ignored. */
  readonly reason?: string;
  readonly nextStep: RouteOutcome['nextStep'];
  readonly ifThatFails?: RouteOutcome['nextStep'];
}

export interface AppHandlerOptions extends FlowOptions<Request> {
  /** For the bank's own log and records: told before the app is answered. */
  concluded?(outcome: RouteOutcome, request: Request): Promise<void> | void;
}

const MAX_BODY_LENGTH = 16 * 1024;

/** Checks its options (throws IssuerError `INVALID_OPTIONS`). What a hook throws, the handlers reject with. */
export function createAppHandlers(options: AppHandlerOptions): AppHandlers {
  const { aFunction, optional } = rules;
  checkGiven(options, { name: 'createAppHandlers', fields: { ...FLOW_OPTIONS, concluded: optional(aFunction) } });
  const conclude = async (outcome: RouteOutcome, request: Request) => {
    await options.concluded?.(outcome, request);
    return json(statusOf(outcome), describe(outcome));
  };
  return {
    async start(request) {
      guard(() => readBrowserOf(request, 'start'));
      const begun = await beginEnrolment(options, { request, browser: undefined });
      if (!begun.ok) return conclude(begun.outcome, request);
      const { redirect, cookie } = begun.started;
      return json(200, { uri: redirect, callbackUri: options.callbackUri, browser: cookie.value });
    },
    async complete(request) {
      guard(() => readBrowserOf(request, 'complete'));
      const arrival = await readArrival(request);
      if (arrival === undefined) return json(400, { status: 'IGNORED', reason: 'MALFORMED', nextStep: 'TRY_AGAIN' });
      return conclude(await handleCallback(options, { ...arrival, request }), request);
    },
  };
}

async function readArrival(request: Request): Promise<{ readonly url: string; readonly browser: string } | undefined> {
  const text = await request.clone().text();
  if (text.length > MAX_BODY_LENGTH) return undefined;
  try {
    const { url, browser } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return typeof url === 'string' && typeof browser === 'string' ? { url, browser } : undefined;
  } catch {
    return undefined;
  }
}

function describe(outcome: RouteOutcome): AppOutcome {
  const { status, nextStep, ifThatFails } = outcome;
  const reason = reasonOf(outcome);
  return { status, nextStep, ...(reason !== undefined && { reason }), ...(ifThatFails && { ifThatFails }) };
}

function reasonOf(outcome: RouteOutcome): string | undefined {
  if (outcome.status === 'IGNORED') return outcome.because;
  return outcome.status === 'CANCELLED' || outcome.status === 'ERROR' ? outcome.reason : undefined;
}

function statusOf({ status }: RouteOutcome): number {
  return status === 'SIGNED_OUT' ? 401 : status === 'UNFINISHED' ? 503 : 200;
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: PRIVATE_HEADERS });
}
