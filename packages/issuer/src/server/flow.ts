/** The two steps of an enrolment for any kind of request: the shared part of the handlers and the Fastify plugin. */
import {
  type Arrival,
  type BegunRedirect,
  handleReturn,
  type RedirectSteps,
  rules,
  startRedirect,
  type TraceContext,
  type Visitor,
} from '@payment-passkeys/kit';
import { IssuerError } from '../errors.ts';
import type { EnrolmentOutcome } from './enrolment.ts';
import type { EnrolmentStart, Issuer, StartedEnrolment } from './issuer.ts';
import { type Advice, adviceFor, type Stage } from './next-steps.ts';

/** The bank's part of {@link EnrolmentStart}; the routes add the rest. */
export type EnrolmentDetails = Omit<EnrolmentStart, 'cardholderId' | 'callbackUri' | 'browser' | 'trace'>;

/** The hooks that the bank implements. Their errors are rethrown unchanged. */
export interface EnrolmentHooks<HostRequest> {
  /** The bank's own id of the cardholder who is signed in; undefined if nobody is. Called at the start and at the return. */
  cardholder(request: HostRequest): Promise<string | undefined> | string | undefined;
  /** What to enrol: the accounts from the bank's own records, and the consent from the request. */
  enrolment(request: HostRequest, cardholderId: string): Promise<EnrolmentDetails> | EnrolmentDetails;
  /** Stores the consent under its `clientSessionId`; awaited before the browser leaves. */
  started?(
    started: {
      readonly clientSessionId: string;
      /** The network's id of the session, for `sessions.read`. */
      readonly authenticationSessionId: string;
      readonly cardholderId: string;
      readonly details: EnrolmentDetails;
    },
    request: HostRequest,
  ): Promise<void> | void;
  /** The trace of the request, to pass on to the network. */
  trace?(request: HostRequest): TraceContext | undefined;
}

/** Why a route has no outcome of the enrolment: nobody is signed in, or a call failed. */
export type Interruption =
  | (Advice & { readonly status: 'SIGNED_OUT'; readonly stage: Stage })
  /** `error` is for the bank's log; never show it to the cardholder. */
  | (Advice & { readonly status: 'UNFINISHED'; readonly stage: Stage; readonly error: IssuerError });

/** Everything that a route may have to show: an outcome, or why there is none. */
export type RouteOutcome = EnrolmentOutcome | Interruption;

/** The options of every kind of route. */
export interface FlowOptions<HostRequest> extends EnrolmentHooks<HostRequest> {
  readonly issuer: Pick<Issuer, 'startEnrolment' | 'completeEnrolment'>;
  /** The absolute address of the callback's route, as a browser sees it; its origin must be one of the issuer's `callbackOrigins`. */
  readonly callbackUri: string;
}

const { aFunction, anAddress, optional, withMethods } = rules;

export const FLOW_OPTIONS: rules.Rules = {
  issuer: withMethods('startEnrolment', 'completeEnrolment'),
  callbackUri: anAddress,
  cardholder: aFunction,
  enrolment: aFunction,
  started: optional(aFunction),
  trace: optional(aFunction),
};

/** Starts the enrolment of the cardholder who is signed in, and awaits `started`. */
export async function beginEnrolment<HostRequest>(
  options: FlowOptions<HostRequest>,
  visitor: Visitor<HostRequest>,
): Promise<BegunRedirect<StartedEnrolment, RouteOutcome>> {
  const begun = await startRedirect(stepsOf(options), visitor);
  if (!begun.ok) return begun;
  const { started, details, personId: cardholderId } = begun;
  const { clientSessionId, authenticationSessionId } = started;
  await options.started?.({ clientSessionId, authenticationSessionId, cardholderId, details }, visitor.request);
  return { ok: true, started };
}

/**
 * Handles the callback. If the cardholder was signed out in the meantime, nothing changes: the same callback completes after the sign-in.
 */
export function handleCallback<HostRequest>(
  options: FlowOptions<HostRequest>,
  arrival: Arrival<HostRequest>,
): Promise<RouteOutcome> {
  return handleReturn(stepsOf(options), arrival);
}

function stepsOf<HostRequest>(
  options: FlowOptions<HostRequest>,
): RedirectSteps<HostRequest, EnrolmentDetails, StartedEnrolment, EnrolmentOutcome, Interruption> {
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
