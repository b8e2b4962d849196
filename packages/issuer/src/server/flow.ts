/** The two moments of an enrolment, for a host whose requests are of any kind: what the handlers and the Fastify plugin have in common. */

import { rules, type TraceContext } from '@payment-passkeys/kit';
import { IssuerError } from '../errors.ts';
import type { EnrolmentOutcome } from './enrolment.ts';
import type { EnrolmentStart, Issuer, StartedEnrolment } from './issuer.ts';
import { type Advice, adviceFor, type Stage } from './next-steps.ts';

/** What the bank knows of the enrolment; the rest of {@link EnrolmentStart} the routes know. */
export type EnrolmentDetails = Omit<EnrolmentStart, 'cardholderId' | 'callbackUri' | 'browser' | 'trace'>;

/** What the bank is asked, at its own routes. What a hook throws goes to the host, untouched. */
export interface EnrolmentHooks<HostRequest> {
  /** The bank's own name for who is signed in; undefined where nobody is. Asked at the start and at the return. */
  cardholder(request: HostRequest): Promise<string | undefined> | string | undefined;
  /** What to enrol: the accounts from the bank's own records, and what was agreed to, from the request. */
  enrolment(request: HostRequest, cardholderId: string): Promise<EnrolmentDetails> | EnrolmentDetails;
  /** Keeps what was agreed to under its `clientSessionId`; waited for before the browser leaves. */
  started?(
    started: {
      readonly clientSessionId: string;
      readonly cardholderId: string;
      readonly details: EnrolmentDetails;
    },
    request: HostRequest,
  ): Promise<void> | void;
  /** The trace that the request is part of, to be handed on to the network. */
  trace?(request: HostRequest): TraceContext | undefined;
}

/** Everything that a route may have to show: an outcome, or what kept it from one. */
export type RouteOutcome =
  | EnrolmentOutcome
  | (Advice & { readonly status: 'SIGNED_OUT'; readonly stage: Stage })
  /** `error` is for the bank's log; none of it is for the cardholder. */
  | (Advice & { readonly status: 'UNFINISHED'; readonly stage: Stage; readonly error: IssuerError });

export interface FlowOptions<HostRequest> extends EnrolmentHooks<HostRequest> {
  readonly issuer: Issuer;
  /** Absolute, of one of the issuer's `callbackOrigins`: where the callback's route is, as a browser sees it. */
  readonly callbackUri: string;
}

const { aFunction, optional, rule, withMethods } = rules;

/** What the routes of every kind are made with. */
export const FLOW_OPTIONS: rules.Rules = {
  issuer: withMethods('startEnrolment', 'completeEnrolment'),
  callbackUri: rule('must be an absolute address', (value) => typeof value === 'string' && URL.canParse(value)),
  cardholder: aFunction,
  enrolment: aFunction,
  started: optional(aFunction),
  trace: optional(aFunction),
};

/**
 * Throws IssuerError `INVALID_OPTIONS` unless it is a `Request` of the Fetch standard (of any realm, or a host's own). Node's own request is
 * what a handler is given most often in its place.
 */
export function checkRequest(request: Request, handler: string): void {
  const isRequest = typeof request?.headers?.get === 'function';
  if (!isRequest) {
    const hint = 'of Node or Express, mount toNodeHandler(…)';
    throw new IssuerError('INVALID_OPTIONS', `${handler} takes a Request of the Fetch standard; ${hint}`);
  }
}

export type BegunEnrolment = { readonly started: StartedEnrolment } | { readonly outcome: RouteOutcome };

export async function beginEnrolment<HostRequest>(
  options: FlowOptions<HostRequest>,
  { request, browser }: { readonly request: HostRequest; readonly browser: string | undefined },
): Promise<BegunEnrolment> {
  const cardholderId = await options.cardholder(request);
  if (cardholderId === undefined) return { outcome: signedOut('START') };
  const details = await options.enrolment(request, cardholderId);
  const start = {
    ...details,
    cardholderId,
    callbackUri: options.callbackUri,
    browser,
    trace: options.trace?.(request),
  };
  const started = await orUnfinished('START', options.issuer.startEnrolment(start));
  if ('status' in started) return { outcome: started };
  await options.started?.({ clientSessionId: started.clientSessionId, cardholderId, details }, request);
  return { started };
}

/** Signed out in the meantime: nothing is touched, and the same callback completes after the sign-in. */
export async function handleCallback<HostRequest>(
  options: FlowOptions<HostRequest>,
  arrival: { readonly request: HostRequest; readonly url: string; readonly browser: string | undefined },
): Promise<RouteOutcome> {
  const { request, url, browser } = arrival;
  const cardholderId = await options.cardholder(request);
  if (cardholderId === undefined) return signedOut('RETURN');
  const trace = options.trace?.(request);
  return orUnfinished('RETURN', options.issuer.completeEnrolment({ url, browser, cardholderId, trace }));
}

function signedOut(stage: Stage): RouteOutcome {
  return { status: 'SIGNED_OUT', stage, nextStep: 'SIGN_IN' };
}

async function orUnfinished<Value>(
  stage: Stage,
  call: Promise<Value>,
): Promise<Value | Extract<RouteOutcome, { readonly status: 'UNFINISHED' }>> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error;
    return { status: 'UNFINISHED', stage, error, ...adviceFor(error, stage) };
  }
}
