/** The two moments of an enrolment, for a host whose requests are of any kind: what the handlers and the Fastify plugin have in common. */
import { beginTrip, handleReturn, rules, type TraceContext, type TripParts } from '@payment-passkeys/kit';
import { IssuerError } from '../errors.ts';
import type { EnrolmentOutcome } from './enrolment.ts';
import type { EnrolmentStart, Issuer, StartedEnrolment } from './issuer.ts';
import { type Advice, adviceFor, type Stage } from './next-steps.ts';

/** What the bank knows of the enrolment; the rest of {@link EnrolmentStart} the routes know. */
export type EnrolmentDetails = Omit<EnrolmentStart, 'cardholderId' | 'callbackUri' | 'browser' | 'trace'>;

/** What the bank is asked, at its own routes. What a hook throws is thrown to the host, unchanged. */
export interface EnrolmentHooks<HostRequest> {
  /** The bank's own name for who is signed in; undefined where nobody is. Asked at the start and at the return. */
  cardholder(request: HostRequest): Promise<string | undefined> | string | undefined;
  /** What to enrol: the accounts from the bank's own records, and what was agreed to, from the request. */
  enrolment(request: HostRequest, cardholderId: string): Promise<EnrolmentDetails> | EnrolmentDetails;
  /** Stores what was agreed to under its `clientSessionId`; awaited before the browser leaves. */
  started?(
    started: {
      readonly clientSessionId: string;
      readonly cardholderId: string;
      readonly details: EnrolmentDetails;
    },
    request: HostRequest,
  ): Promise<void> | void;
  /** The trace that the request is part of, to be passed on to the network. */
  trace?(request: HostRequest): TraceContext | undefined;
}

/** What kept a route from an outcome of the enrolment. */
export type KeptFromOutcome =
  | (Advice & { readonly status: 'SIGNED_OUT'; readonly stage: Stage })
  /** `error` is for the bank's log; none of it is for the cardholder. */
  | (Advice & { readonly status: 'UNFINISHED'; readonly stage: Stage; readonly error: IssuerError });

/** Everything that a route may have to show: an outcome, or what kept it from one. */
export type RouteOutcome = EnrolmentOutcome | KeptFromOutcome;

/** What the routes of every kind are made with. */
export interface FlowOptions<HostRequest> extends EnrolmentHooks<HostRequest> {
  readonly issuer: Issuer;
  /** Absolute, of one of the issuer's `callbackOrigins`: where the callback's route is, as a browser sees it. */
  readonly callbackUri: string;
}

const { aFunction, optional, rule, withMethods } = rules;

export const FLOW_OPTIONS: rules.Rules = {
  issuer: withMethods('startEnrolment', 'completeEnrolment'),
  callbackUri: rule('must be an absolute address', (value) => typeof value === 'string' && URL.canParse(value)),
  cardholder: aFunction,
  enrolment: aFunction,
  started: optional(aFunction),
  trace: optional(aFunction),
};

export type BegunEnrolment =
  | { readonly ok: true; readonly started: StartedEnrolment }
  | { readonly ok: false; readonly outcome: RouteOutcome };

/** Starts the enrolment of whoever is signed in, and awaits `started`. */
export async function beginEnrolment<HostRequest>(
  options: FlowOptions<HostRequest>,
  visitor: { readonly request: HostRequest; readonly browser: string | undefined },
): Promise<BegunEnrolment> {
  const begun = await beginTrip(tripOf(options), visitor);
  if (!begun.ok) return begun;
  const { started, details, personId: cardholderId } = begun;
  await options.started?.({ clientSessionId: started.clientSessionId, cardholderId, details }, visitor.request);
  return { ok: true, started };
}

/** If the cardholder was signed out meanwhile, nothing is changed: the same callback completes after the sign-in. */
export function handleCallback<HostRequest>(
  options: FlowOptions<HostRequest>,
  arrival: { readonly request: HostRequest; readonly url: string; readonly browser: string | undefined },
): Promise<RouteOutcome> {
  return handleReturn(tripOf(options), arrival);
}

function tripOf<HostRequest>(
  options: FlowOptions<HostRequest>,
): TripParts<HostRequest, EnrolmentDetails, StartedEnrolment, EnrolmentOutcome, KeptFromOutcome> {
  const { issuer, callbackUri } = options;
  return {
    findPerson: (request) => options.cardholder(request),
    readDetails: (request, cardholderId) => options.enrolment(request, cardholderId),
    start: (details, { personId: cardholderId, browser, trace }) =>
      issuer.startEnrolment({ ...details, cardholderId, callbackUri, browser, trace }),
    complete: ({ url, personId: cardholderId, browser, trace }) =>
      issuer.completeEnrolment({ url, browser, cardholderId, trace }),
    trace: options.trace && ((request) => options.trace?.(request)),
    signedOut: (stage) => ({ status: 'SIGNED_OUT', stage, nextStep: 'SIGN_IN' }),
    unfinished(error, stage) {
      if (!(error instanceof IssuerError)) throw error;
      return { status: 'UNFINISHED', stage, error, ...adviceFor(error, stage) };
    },
  };
}
