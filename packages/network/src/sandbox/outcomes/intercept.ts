/**
 * Hooks on the routes of an enrolment, which give calls the outcomes that their client has asked for. A refused call does not reach its route. A
 * slow or lost call is served by its route as usual.
 */
import {
  AUTHENTICATORS_PATH,
  OPEN_PATH,
  type OpenRequest,
  RESULT_PATH,
  type ResultRequest,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import { readOutcome, type SandboxOutcome, type SandboxStep } from '@payment-passkeys/protocol/sandbox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findSessionOfCaller, readCaller } from '../../domain/ceremonies/own-session.ts';
import { resolveReturnAddress } from '../../domain/ceremonies/return-address.ts';
import { ensureNonceConsumed, SIGNED_CONTEXT, signingClient } from '../../domain/clients/signed-request.ts';
import { findSessionReturn } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { readSessionId } from '../session-id.ts';
import { readAsked } from './asked.ts';
import { endAsCardholder } from './ending.ts';
import { buildIncomplete, buildRefusal, REFUSALS_DECLARED } from './refusals.ts';
import {
  findAuthenticatorsOutcome,
  findPageOutcome,
  keepOutcomes,
  type LaterStep,
  meetOfClient,
  meetOfSession,
} from './store.ts';
import { timers } from './timers.ts';

/** The outcome of one call. */
interface Meeting {
  readonly step: SandboxStep;
  readonly outcome: SandboxOutcome;
  /** Undefined at `sessions`. */
  readonly sessionId: string | undefined;
  /** Whether this call is one of the `times` that meet the outcome. */
  readonly meets: (times: number) => Promise<boolean>;
}

/** The outcome of a call itself, and the outcomes that it asks for at later steps. */
interface Call {
  readonly meeting: Meeting | undefined;
  readonly later: ReadonlyMap<LaterStep, string>;
}

const NOTHING_LATER: Call['later'] = new Map();

const ROUTES: Readonly<Record<string, SandboxStep>> = {
  [SESSIONS_PATH]: 'sessions',
  [OPEN_PATH]: 'open',
  [RESULT_PATH]: 'result',
  [AUTHENTICATORS_PATH]: 'authenticators',
};

/** For the routes that `app` gets from now on. Call it before the routes are described, because it declares more errors for them. */
export function interceptCalls(app: NetworkServer, network: Network): void {
  const calls = new WeakMap<FastifyRequest, Call>();

  app.addHook('onRoute', (route) => {
    if (ROUTES[route.url] === undefined || route.method !== 'POST') return;
    route.config = { ...route.config, errors: [...new Set([...(route.config?.errors ?? []), ...REFUSALS_DECLARED])] };
  });

  app.addHook('preHandler', async (request, reply) => {
    const step = stepOf(request);
    if (step === undefined) return;
    const call =
      step === 'sessions'
        ? await readCall(request, network)
        : { meeting: await findMeeting(step, request, network), later: NOTHING_LATER };
    calls.set(request, call);
    if (call.meeting !== undefined) return meetBefore(call.meeting, { request, reply, network });
  });

  app.addHook('preSerialization', async (request, reply, payload) => {
    const { meeting, later = NOTHING_LATER } = calls.get(request) ?? {};
    if (later.size > 0 && reply.statusCode === 201) {
      await keepOutcomes(network.pool, { sessionId: readSessionId(payload) ?? '', outcomes: later });
    }
    const { outcome, step, sessionId } = meeting ?? {};
    if (outcome?.kind !== 'ENDED' || step !== 'open' || sessionId === undefined || reply.statusCode !== 200)
      return payload;
    const redirect = await endAsCardholder({ sessionId, reason: outcome.reason }, network);
    return redirect === undefined ? payload : { redirect };
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const { outcome, meets } = calls.get(request)?.meeting ?? {};
    const done = reply.statusCode < 300;
    if (outcome?.kind === 'SLOW') await timers.pause(outcome.seconds);
    if (outcome?.kind === 'LOST' && done && (await meets?.(1))) reply.raw.destroy();
    return payload;
  });
}

function stepOf({ routeOptions, method }: FastifyRequest): SandboxStep | undefined {
  return method === 'POST' && routeOptions.url !== undefined ? ROUTES[routeOptions.url] : undefined;
}

/** Reads what a Sessions call asks for. This call itself meets an outcome of the step `sessions`. */
async function readCall(
  request: FastifyRequest,
  network: Pick<Network, 'pool' | 'keys' | 'tracing' | 'clock'>,
): Promise<Call> {
  const body = request.body as { readonly srcSessionInitiationRequestInfo: { readonly encryptedData: string } }; // checked by the route's schema
  const { sessions: own, ...later } = Object.fromEntries(
    await readAsked(body.srcSessionInitiationRequestInfo.encryptedData, network),
  ) as Partial<Record<SandboxStep, string>>; // fromEntries loses the keys
  return {
    meeting: own === undefined ? undefined : meetAtSessions(own, request, network),
    later: new Map(Object.entries(later) as [LaterStep, string][]),
  };
}

function meetAtSessions(asked: string, request: FastifyRequest, { pool }: Pick<Network, 'pool'>): Meeting | undefined {
  const outcome = readOutcome('sessions', asked);
  if (outcome === undefined) return undefined;
  const { clientId } = signingClient(request);
  const meets = (times: number) => meetOfClient(pool, { clientId, outcome: asked, times });
  return { step: 'sessions', outcome, sessionId: undefined, meets };
}

async function findMeeting(
  step: LaterStep,
  request: FastifyRequest,
  network: Pick<Network, 'pool'>,
): Promise<Meeting | undefined> {
  const found = await findOutcome(step, request, network);
  const outcome = found && readOutcome(step, found.outcome);
  if (found === undefined || outcome === undefined) return undefined;
  const { sessionId } = found;
  const meets = (times: number) => meetOfSession(network.pool, { sessionId, step, times });
  return { step, outcome, sessionId, meets };
}

async function findOutcome(step: LaterStep, request: FastifyRequest, { pool }: Pick<Network, 'pool'>) {
  const sessionId = readSessionId(request.body);
  switch (step) {
    case 'open':
      return sessionId === undefined ? undefined : findPageOutcome(pool, { sessionId, step });
    case 'result': {
      const { cookies, body } = request;
      const named = body as ResultRequest; // by the route's schema
      const session = await findSessionOfCaller(readCaller({ cookies, body: named }), { pool });
      return session && findPageOutcome(pool, { sessionId: session.sessionId, step });
    }
    case 'authenticators': {
      const { clientId } = signingClient(request);
      return sessionId === undefined ? undefined : findAuthenticatorsOutcome(pool, { sessionId, clientId });
    }
  }
}

/** Answers or throws in place of the route, if the outcome is of such a kind. */
async function meetBefore(
  { step, outcome, sessionId, meets }: Meeting,
  {
    request,
    reply,
    network,
  }: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly network: Pick<Network, 'config' | 'pool' | 'metrics' | 'tracing' | 'clock'>;
  },
): Promise<FastifyReply | undefined> {
  const returnTo = () => (step === 'open' ? findReturnTo(request, sessionId, network) : undefined);
  switch (outcome.kind) {
    case 'REFUSED':
      throw buildRefusal(outcome.reason, { step, returnTo: await returnTo() });
    case 'INCOMPLETE':
      throw buildIncomplete(await returnTo());
    case 'FLAKY':
      if (await meets(outcome.times)) throw buildRefusal('SERVICE_UNAVAILABLE', { step, returnTo: await returnTo() });
      return undefined;
    case 'UNREADABLE': {
      const signed = request[SIGNED_CONTEXT];
      if (signed !== undefined) await ensureNonceConsumed(signed);
      return reply.code(200).type('application/json; charset=utf-8').send('{"');
    }
    case 'ENDED': {
      const redirect =
        step === 'result' && sessionId !== undefined
          ? await endAsCardholder({ sessionId, reason: outcome.reason }, network)
          : undefined;
      return redirect === undefined ? undefined : reply.send({ redirect });
    }
    case 'SLOW':
    case 'LOST':
      return undefined;
  }
}

/** The address that the hosted page may return to after a refused launch: the same as the route itself would give. */
async function findReturnTo(
  request: FastifyRequest,
  sessionId: string | undefined,
  { pool, config: { mode } }: Pick<Network, 'pool' | 'config'>,
): Promise<string | undefined> {
  const { callbackUri } = request.body as OpenRequest; // by the route's schema
  const session = sessionId === undefined ? undefined : await findSessionReturn(pool, sessionId);
  const address = resolveReturnAddress(session?.callbackUri, callbackUri, session && { ...session, mode });
  return address.ok ? address.uri : undefined;
}
