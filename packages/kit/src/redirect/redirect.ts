/**
 * The browser is redirected to the network and returns. The two steps are the same for an enrolment, a payment and an added card, and for any
 * kind of request.
 */
import type { TraceContext } from '../tracing/trace-context.ts';

/** Before the browser is sent to the network, or after it came back. */
export type Stage = 'START' | 'RETURN';

type MaybePromise<Value> = Promise<Value> | Value;

/** The functions of a kit and its host for each step. Errors of the host's hooks are rethrown unchanged. */
export interface RedirectSteps<HostRequest, Details, Started, Outcome, RouteOutcome> {
  /** The host's own id of the person who is signed in; undefined if nobody is. */
  readonly findPerson: (request: HostRequest) => MaybePromise<string | undefined>;
  readonly readDetails: (request: HostRequest, personId: string) => MaybePromise<Details>;
  readonly start: (details: Details, signedIn: SignedInRequest, request: HostRequest) => Promise<Started>;
  readonly complete: (signedIn: SignedInRequest & { readonly url: string }) => Promise<Outcome>;
  readonly trace: ((request: HostRequest) => TraceContext | undefined) | undefined;
  readonly signedOut: (stage: Stage) => RouteOutcome;
  /** Converts an error of the kit to an outcome; rethrows any other error. */
  readonly unfinished: (error: unknown, stage: Stage) => RouteOutcome;
}

/** A request at a route of the host. */
export interface Visitor<HostRequest> {
  readonly request: HostRequest;
  /** The value of the kit's cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
}

/** The request for the callback; `url` is its address. */
export interface Arrival<HostRequest> extends Visitor<HostRequest> {
  readonly url: string;
}

/** A request of a person who is signed in. */
export interface SignedInRequest {
  readonly personId: string;
  /** The value of the kit's cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
  readonly trace: TraceContext | undefined;
}

export type StartedRedirect<Details, Started, RouteOutcome> =
  | { readonly ok: true; readonly started: Started; readonly details: Details; readonly personId: string }
  /** Why it did not start. */
  | { readonly ok: false; readonly outcome: RouteOutcome };

/** The end of a start at a kit's route: the browser leaves, or the host shows the outcome. */
export type BegunRedirect<Started, RouteOutcome> =
  | { readonly ok: true; readonly started: Started }
  | { readonly ok: false; readonly outcome: RouteOutcome };

export async function startRedirect<HostRequest, Details, Started, Outcome, RouteOutcome>(
  steps: RedirectSteps<HostRequest, Details, Started, Outcome, RouteOutcome>,
  { request, browser }: Visitor<HostRequest>,
): Promise<StartedRedirect<Details, Started, RouteOutcome>> {
  const personId = await steps.findPerson(request);
  if (personId === undefined) return { ok: false, outcome: steps.signedOut('START') };
  const details = await steps.readDetails(request, personId);
  const signedIn = { personId, browser, trace: steps.trace?.(request) };
  try {
    return { ok: true, started: await steps.start(details, signedIn, request), details, personId };
  } catch (error) {
    return { ok: false, outcome: steps.unfinished(error, 'START') };
  }
}

/** Handles the return. If the person was signed out in the meantime, nothing changes: the same callback completes after the sign-in. */
export async function handleReturn<HostRequest, Details, Started, Outcome, RouteOutcome>(
  steps: RedirectSteps<HostRequest, Details, Started, Outcome, RouteOutcome>,
  arrival: Arrival<HostRequest>,
): Promise<Outcome | RouteOutcome> {
  const { request, url, browser } = arrival;
  return handleReport(steps, { request, browser }, (signedIn) => steps.complete({ ...signedIn, url }));
}

/** Handles any other request between the start and the return, such as the report of a confirmation. */
export async function handleReport<HostRequest, Result, RouteOutcome>(
  steps: Pick<
    RedirectSteps<HostRequest, unknown, unknown, unknown, RouteOutcome>,
    'findPerson' | 'trace' | 'signedOut' | 'unfinished'
  >,
  { request, browser }: Visitor<HostRequest>,
  handle: (signedIn: SignedInRequest) => Promise<Result>,
): Promise<Result | RouteOutcome> {
  const personId = await steps.findPerson(request);
  if (personId === undefined) return steps.signedOut('RETURN');
  const signedIn = { personId, browser, trace: steps.trace?.(request) };
  try {
    return await handle(signedIn);
  } catch (error) {
    return steps.unfinished(error, 'RETURN');
  }
}
