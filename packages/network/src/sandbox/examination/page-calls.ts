/** What the examination plays and records on the hosted page's back end. */
import {
  buildFailureCallback,
  END_REASONS,
  type EndReason,
  failureOf,
  OPEN_PATH,
  RESULT_PATH,
  type Reason,
  type ResultRequest,
  readCallback,
} from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashSecret } from '../../domain/ceremonies/cookie.ts';
import { findSessionOfCaller, readCaller } from '../../domain/ceremonies/own-session.ts';
import { returnAddress } from '../../domain/ceremonies/return-address.ts';
import { successCallback } from '../../domain/proofs/success.ts';
import { holdsKey, stepOf } from '../../domain/sessions/session.ts';
import { findSession, type Session } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { readBearerToken } from '../../platform/http/bearer-token.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { endAsCardholder } from '../outcomes/ending.ts';
import { readSessionId } from '../session-id.ts';
import type { NOT_PLAYED } from './observation.ts';
import { deliverEvents } from './play/deliveries.ts';
import { buildProof } from './play/proof.ts';
import { sendStrayCallback } from './play/stray-callback.ts';
import { findPlaying, type Playing } from './playing.ts';

/** The parts of the network that end a session and make its callback. */
type Player = Pick<Network, 'config' | 'pool' | 'keys' | 'metrics' | 'tracing' | 'clock'>;
/** The parts of the network that find a row, and deliver its events. */
type Recorder = Pick<Network, 'pool' | 'keys' | 'clock'>;

/** Hooks for the routes that `backEnd` gets from now on. */
export function examinePageCalls(backEnd: NetworkServer, network: Network): void {
  backEnd.addHook('preHandler', async (request, reply) => {
    const { url } = request.routeOptions;
    if (url === OPEN_PATH) return playOpening(request, reply, network);
    if (url === RESULT_PATH) return playResult(request, reply, network);
  });
  backEnd.addHook('preSerialization', async (request, reply, answer: unknown) => {
    if (reply.statusCode === 200) await record(request, answer, network);
    return answer;
  });
}

async function playOpening(
  request: FastifyRequest,
  reply: FastifyReply,
  network: Pick<Network, 'pool' | 'clock'>,
): Promise<unknown> {
  const sessionId = readSessionId(request.body);
  const playing = await findPlaying(request, sessionId, network);
  const reason = playing && reasonAtOpening(playing);
  if (playing === undefined || reason === undefined) return undefined;
  const session = await findSession(network.pool, sessionId ?? '');
  if (!session?.callbackUri || !hasToken(request, session)) return undefined;
  await playing.note({ kind: 'PLAYED' });
  return reply.send({ redirect: buildFailureCallback(session.callbackUri, failureOf(reason)) });
}

/** A shop whose report was refused may send the shopper to the page. An approval there would hide how the shop treats the refusal. */
function reasonAtOpening({ row: { play }, observed }: Playing): Reason | undefined {
  if (play.kind === 'REASON' && play.at === 'open') return play.reason;
  const isReported = play.kind === 'REPORT_ANSWER' && observed.some(({ kind }) => kind === 'PLAYED');
  return isReported ? 'USER_CANCELLATION' : undefined;
}

/** Without the session's token a caller must not learn the callback. */
function hasToken(request: FastifyRequest, session: Session): boolean {
  const token = readBearerToken(request);
  return token !== undefined && holdsKey(session, { tokenHash: hashSecret(token), ceremonyHash: undefined });
}

async function playResult(request: FastifyRequest, reply: FastifyReply, network: Player): Promise<unknown> {
  const session = await findOpened(request, network);
  const playing = session && (await findPlaying(request, session.sessionId, network));
  if (session === undefined || playing === undefined || !isAtResult(playing)) return undefined;
  if (session.payment !== null && stepOf(session) !== 'PAY') return undefined; // a passkey is made on the way
  const { row, note } = playing;
  if (row.scenario !== undefined && row.scenario !== usedFor(request, session)) {
    await note({ kind: 'NOT_PLAYED', because: MUST[row.scenario] });
    return undefined;
  }
  const redirect = await play(session, playing, network);
  return redirect === undefined ? undefined : reply.send({ redirect });
}

const MUST = { CREATE: 'MUST_CREATE', USE: 'MUST_USE', PAY: 'MUST_PAY' } as const satisfies Record<
  string,
  keyof typeof NOT_PLAYED
>;

function isAtResult({ row: { play } }: Playing): boolean {
  return play.kind === 'PROOF' || play.kind === 'STRAY_CALLBACK' || (play.kind === 'REASON' && play.at === 'result');
}

/** Returns the address that the browser is sent to. Undefined if the row has no play here. */
async function play(session: Session, { row, note }: Playing, network: Player): Promise<string | undefined> {
  switch (row.play.kind) {
    case 'REASON':
      await note({ kind: 'PLAYED' });
      return returnWith(row.play.reason, session, network);
    case 'PROOF': {
      await note({ kind: 'PLAYED' });
      return successCallback(session, await buildProof(session, row.play.proof, network));
    }
    case 'STRAY_CALLBACK': {
      const reached = await sendStrayCallback(session, row.play.from, network);
      await note(reached ? { kind: 'PLAYED' } : { kind: 'NOT_PLAYED', because: 'CALLBACK_UNREACHABLE' });
      return returnWith('USER_CANCELLATION', session, network);
    }
    default:
      return undefined;
  }
}

/** Ends the session if the page itself ends sessions with this reason. An error of the page's back end ends no session. */
async function returnWith(reason: Reason, session: Session, network: Player): Promise<string> {
  const ended = isEndReason(reason) && (await endAsCardholder({ sessionId: session.sessionId, reason }, network));
  return ended || buildFailureCallback(returnAddress(session), failureOf(reason));
}

function isEndReason(reason: Reason): reason is EndReason {
  return (END_REASONS as readonly Reason[]).includes(reason);
}

async function record(request: FastifyRequest, answer: unknown, network: Recorder): Promise<void> {
  if (request.routeOptions.url === OPEN_PATH && isOffer(answer)) return recordOpening(request, answer, network);
  if (!isRedirect(answer)) return;
  const session = await findOpened(request, network);
  const playing = await findPlaying(request, session?.sessionId, network);
  const { searchParams } = new URL(answer.redirect);
  const result = readCallback(searchParams) ?? readCallback(searchParams, 'AUTHENTICATED');
  if (playing === undefined || result === undefined) return; // undefined result: the redirect leads to the card's issuer
  const { status } = result;
  const by = session && request.routeOptions.url === RESULT_PATH ? usedFor(request, session) : undefined;
  const reason = 'reason' in result ? result.reason : undefined;
  await playing.note({ kind: 'RETURNED', status, ...(reason && { reason }), ...(by && { by }) });
}

async function recordOpening(request: FastifyRequest, offer: Offer, network: Recorder): Promise<void> {
  const sessionId = readSessionId(request.body);
  const playing = await findPlaying(request, sessionId, network);
  if (playing === undefined) return;
  const { row, observed, note } = playing;
  await note({
    kind: 'OPENED',
    scenarios: [offer.scenario, ...(offer.alternative ? [offer.alternative.scenario] : [])],
  });
  if (row.play.kind !== 'EVENTS' || observed.some(({ kind }) => kind === 'DELIVERY')) return;
  const session = await findSession(network.pool, sessionId ?? '');
  const answers = session && (await deliverEvents(session, row.play.events, network));
  if (answers === undefined) return note({ kind: 'NOT_PLAYED', because: 'NO_WEBHOOK' });
  await note({ kind: 'PLAYED' });
  for (const status of answers) await note({ kind: 'DELIVERY', status });
}

interface Offer {
  readonly scenario: string;
  readonly alternative?: { readonly scenario: string };
}

function isOffer(answer: unknown): answer is Offer {
  return typeof answer === 'object' && answer !== null && 'scenario' in answer;
}

function isRedirect(answer: unknown): answer is { readonly redirect: string } {
  return typeof answer === 'object' && answer !== null && 'redirect' in answer && typeof answer.redirect === 'string';
}

/** The session that the route acts on. */
function findOpened({ cookies, body }: FastifyRequest, network: Pick<Network, 'pool'>): Promise<Session | undefined> {
  const named = body as { readonly authenticationSessionId?: string }; // by the schemas of the routes
  return findSessionOfCaller(readCaller({ cookies, body: named }), network);
}

/** What the cardholder did: the credential's form tells a creation from a use. */
function usedFor(request: FastifyRequest, session: Session): 'CREATE' | 'USE' | 'PAY' {
  if (session.payment !== null) return 'PAY';
  const { credential } = request.body as ResultRequest; // by the route's schema
  return 'attestationObject' in credential.response ? 'CREATE' : 'USE';
}
