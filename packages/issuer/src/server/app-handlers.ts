/**
 * The two routes for a native app, as JSON. An app has no cookie. Instead it receives the secret that ties the return to it, keeps it while
 * the network's page is open, and sends it with the callback. The app authenticates to its bank in its own way.
 */
import { PRIVATE_HEADERS, readBrowserOf, rules } from '@payment-passkeys/kit';
import { checkGiven, guard } from '../errors.ts';
import { beginEnrolment, FLOW_OPTIONS, type FlowOptions, handleCallback, type RouteOutcome } from './flow.ts';

/** The two routes of an app's back end. Each takes a `Request` with JSON and answers JSON. */
export interface AppHandlers {
  /** POST: 200 `{ "uri", "callbackUri", "browser" }`, in which `browser` is the secret; otherwise 401 or 503 with an {@link AppOutcome}. */
  start(request: Request): Promise<Response>;
  /**
   * POST `{ "url", "browser" }`, the callback as it arrived and the secret: 200 with an {@link AppOutcome}; 400 with one if the body is
   * malformed; 401 or 503 as in `start`.
   */
  complete(request: Request): Promise<Response>;
}

/** The app's answer: how the enrolment ended, and what the cardholder may do next. */
export interface AppOutcome {
  readonly status: RouteOutcome['status'];
  /** The reason of a failure, or why the callback was ignored. */
  readonly reason?: string;
  readonly nextStep: RouteOutcome['nextStep'];
  readonly ifThatFails?: RouteOutcome['nextStep'];
}

export interface AppHandlerOptions extends FlowOptions<Request> {
  /** For the bank's own log and records: called before the app is answered. */
  concluded?(outcome: RouteOutcome, request: Request): Promise<void> | void;
}

const MAX_BODY_LENGTH = 16 * 1024;

/** Throws IssuerError `INVALID_OPTIONS` for wrong options. The handlers reject with the errors of the hooks. */
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
