/** The steps of an added card at a shop's own routes, for any kind of request. */
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
import type { CardStart, StartedCardEnrolment } from './calls.ts';
import type { CardOutcome } from './cards/card-enrolment.ts';
import { callOf, INTERRUPTED, type Interruption } from './interruption.ts';
import type { Merchant } from './merchant.ts';

/** The shop's part of {@link CardStart}; the routes add the rest. */
export type CardDetails = Omit<CardStart, 'shopperId' | 'callbackUri' | 'browser' | 'trace'>;

/** The hooks that the shop implements. Their errors are rethrown unchanged. */
export interface CardHooks<HostRequest> {
  /** The shop's own id of the shopper who is signed in; undefined if nobody is. Called at every route. */
  shopper(request: HostRequest): Promise<string | undefined> | string | undefined;
  /** The card from the request. Pass it on and do not keep it. */
  card(request: HostRequest, shopperId: string): Promise<CardDetails> | CardDetails;
  /** Awaited before the browser leaves. */
  started?(
    started: {
      readonly clientSessionId: string;
      /** The network's id of the session, for `sessions.read`. */
      readonly authenticationSessionId: string;
      readonly shopperId: string;
    },
    request: HostRequest,
  ): Promise<void> | void;
  /** The trace of the request, to pass on to the network. */
  trace?(request: HostRequest): TraceContext | undefined;
}

/** Everything that a route may have to show. */
export type CardRouteOutcome = CardOutcome | Interruption;

/** The options of every kind of route. */
export interface CardFlowOptions<HostRequest> extends CardHooks<HostRequest> {
  readonly merchant: Pick<Merchant, 'startCardEnrolment' | 'completeCardEnrolment'>;
  /** The absolute address of the callback's route, as a browser sees it; its origin must be one of the merchant's `callbackOrigins`. */
  readonly callbackUri: string;
}

const { aFunction, anAddress, optional, withMethods } = rules;

export const CARD_FLOW_OPTIONS: rules.Rules = {
  merchant: withMethods('startCardEnrolment', 'completeCardEnrolment'),
  callbackUri: anAddress,
  shopper: aFunction,
  card: aFunction,
  started: optional(aFunction),
  trace: optional(aFunction),
};

/** Starts to add the card of the shopper who is signed in, and awaits `started`. */
export async function beginCard<HostRequest>(
  options: CardFlowOptions<HostRequest>,
  visitor: Visitor<HostRequest>,
): Promise<BegunRedirect<StartedCardEnrolment, CardRouteOutcome>> {
  const begun = await startRedirect(stepsOf(options), visitor);
  if (!begun.ok) return begun;
  const { started, personId: shopperId } = begun;
  const { clientSessionId, authenticationSessionId } = started;
  await options.started?.({ clientSessionId, authenticationSessionId, shopperId }, visitor.request);
  return { ok: true, started };
}

/** Handles the callback. If the shopper was signed out in the meantime, nothing changes: the same callback completes after the sign-in. */
export function handleCardCallback<HostRequest>(
  options: CardFlowOptions<HostRequest>,
  arrival: Arrival<HostRequest>,
): Promise<CardRouteOutcome> {
  return handleReturn(stepsOf(options), arrival);
}

function stepsOf<HostRequest>(
  options: CardFlowOptions<HostRequest>,
): RedirectSteps<HostRequest, CardDetails, StartedCardEnrolment, CardOutcome, Interruption> {
  const { merchant, callbackUri } = options;
  return {
    ...INTERRUPTED,
    findPerson: (request) => options.shopper(request),
    readDetails: (request, shopperId) => options.card(request, shopperId),
    start: (details, signedIn) => merchant.startCardEnrolment({ ...details, ...callOf(signedIn), callbackUri }),
    complete: ({ url, ...signedIn }) => merchant.completeCardEnrolment({ url, ...callOf(signedIn) }),
    trace: options.trace && ((request) => options.trace?.(request)),
  };
}
