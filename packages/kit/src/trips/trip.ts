/**
 * A trip: the browser is sent to the network and returns. The two steps are the same for an enrolment, a payment and an added card, and for
 * any kind of request.
 */
import type { TraceContext } from '../tracing/trace-context.ts';

/** Before the browser is sent to the network, or after it came back. */
export type Stage = 'START' | 'RETURN';

type MaybePromise<Value> = Promise<Value> | Value;

/** The functions of a kit and its host for each step. Errors of the host's hooks are rethrown unchanged. */
export interface TripParts<HostRequest, Details, Started, Outcome, RouteOutcome> {
  /** The host's own id of the person who is signed in; undefined if nobody is. */
  readonly findPerson: (request: HostRequest) => MaybePromise<string | undefined>;
  readonly readDetails: (request: HostRequest, personId: string) => MaybePromise<Details>;
  readonly start: (details: Details, visit: Visit, request: HostRequest) => Promise<Started>;
  readonly complete: (visit: Visit & { readonly url: string }) => Promise<Outcome>;
  readonly trace: ((request: HostRequest) => TraceContext | undefined) | undefined;
  readonly signedOut: (stage: Stage) => RouteOutcome;
  /** Converts an error of the kit to an outcome; rethrows any other error. */
  readonly unfinished: (error: unknown, stage: Stage) => RouteOutcome;
}

/** A request: the person, the browser's cookie, and the trace. */
export interface Visit {
  readonly personId: string;
  /** The value of the kit's cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
  readonly trace: TraceContext | undefined;
}

export type BegunTrip<Details, Started, RouteOutcome> =
  | { readonly ok: true; readonly started: Started; readonly details: Details; readonly personId: string }
  /** Why it did not start. */
  | { readonly ok: false; readonly outcome: RouteOutcome };

export async function beginTrip<HostRequest, Details, Started, Outcome, RouteOutcome>(
  parts: TripParts<HostRequest, Details, Started, Outcome, RouteOutcome>,
  { request, browser }: { readonly request: HostRequest; readonly browser: string | undefined },
): Promise<BegunTrip<Details, Started, RouteOutcome>> {
  const personId = await parts.findPerson(request);
  if (personId === undefined) return { ok: false, outcome: parts.signedOut('START') };
  const details = await parts.readDetails(request, personId);
  const visit = { personId, browser, trace: parts.trace?.(request) };
  try {
    return { ok: true, started: await parts.start(details, visit, request), details, personId };
  } catch (error) {
    return { ok: false, outcome: parts.unfinished(error, 'START') };
  }
}

/** Handles the return. If the person was signed out in the meantime, nothing changes: the same callback completes after the sign-in. */
export async function handleReturn<HostRequest, Details, Started, Outcome, RouteOutcome>(
  parts: TripParts<HostRequest, Details, Started, Outcome, RouteOutcome>,
  arrival: { readonly request: HostRequest; readonly url: string; readonly browser: string | undefined },
): Promise<Outcome | RouteOutcome> {
  const { request, url, browser } = arrival;
  return handleVisit(parts, { request, browser }, (visit) => parts.complete({ ...visit, url }));
}

/** Handles any other request of the person during the trip, such as the report of a confirmation. */
export async function handleVisit<HostRequest, Result, RouteOutcome>(
  parts: Pick<
    TripParts<HostRequest, unknown, unknown, unknown, RouteOutcome>,
    'findPerson' | 'trace' | 'signedOut' | 'unfinished'
  >,
  { request, browser }: { readonly request: HostRequest; readonly browser: string | undefined },
  handle: (visit: Visit) => Promise<Result>,
): Promise<Result | RouteOutcome> {
  const personId = await parts.findPerson(request);
  if (personId === undefined) return parts.signedOut('RETURN');
  const visit = { personId, browser, trace: parts.trace?.(request) };
  try {
    return await handle(visit);
  } catch (error) {
    return parts.unfinished(error, 'RETURN');
  }
}
