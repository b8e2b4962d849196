/** What the examination plays and records on the calls that clients sign. */
import { AUTHENTICATORS_PATH, assertionPath, SESSIONS_PATH } from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ensureNonceConsumed, SIGNED_CONTEXT } from '../../domain/clients/signed-request.ts';
import { findSession } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { timers } from '../outcomes/timers.ts';
import { readSessionId } from '../session-id.ts';
import { hasClearCardNumber } from './clear-card-number.ts';
import { examinedRole } from './examine.ts';
import { bindingCalls } from './observation.ts';
import { buildProof } from './play/proof.ts';
import { findPlaying, type Playing } from './playing.ts';
import { claimRow, compareOrders, noteFault, observeLatest } from './store.ts';

const ASSERTION = assertionPath(':authenticationSessionId');
const SLOW_SECONDS = 3;
/** How many calls get 503, and when the client may call again. */
const UNAVAILABLE = { calls: 2, retryAfterSeconds: 1 };

/** Hooks for the routes that `api` gets from now on. */
export function examineSignedCalls(api: NetworkServer, network: Network): void {
  api.addHook('preHandler', async (request, reply) => {
    const { url } = request.routeOptions;
    if (url === AUTHENTICATORS_PATH) return refuseBinding(await findBound(request, network));
    if (url === ASSERTION) return playReport(request, reply, network);
  });
  api.addHook('preSerialization', async (request, reply, answer: unknown) => {
    const { url } = request.routeOptions;
    await keepRefusal(reply, async () => {
      if (url === SESSIONS_PATH) await giveRow(request, reply, answer, network);
      if (url === ASSERTION && isApproval(answer)) await recordApproval(request, network);
      if (url !== AUTHENTICATORS_PATH) return;
      const playing = await findBound(request, network);
      if (playing !== undefined) await answerBinding(request, reply, playing);
    });
    return answer;
  });
  api.addHook('onSend', async (request, reply) => keepRefusal(reply, () => noteClearCardNumber(request, network)));
}

/** An answer that is already an error is sent even if `work` fails. Both may have the same cause: `work` records in the database. */
async function keepRefusal({ statusCode }: FastifyReply, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (statusCode < 400) throw error;
  });
}

function findBound(request: FastifyRequest, network: Pick<Network, 'pool' | 'clock'>): Promise<Playing | undefined> {
  return findPlaying(request, readSessionId(request.body), network);
}

function refuseBinding(playing: Playing | undefined): void {
  if (playing?.row.play.kind !== 'BINDING_ANSWER') return;
  const { answer } = playing.row.play;
  if (answer === 'REFUSED') throw new ServiceError({ code: 'PROOF_INVALID', pointer: '/proofOfAuthentication' });
  if (answer === 'UNAVAILABLE' && bindingCalls(playing.observed).length < UNAVAILABLE.calls) {
    const { retryAfterSeconds } = UNAVAILABLE;
    throw new ServiceError({ code: 'UNAVAILABLE', sourceType: 'SERVICE' }, { retryAfterSeconds });
  }
}

async function answerBinding(request: FastifyRequest, reply: FastifyReply, { row, observed, note }: Playing) {
  const status = reply.statusCode;
  const at = Date.now(); // the machine's clock: only the time between two calls counts
  const first = bindingCalls(observed).length === 0;
  const answer = row.play.kind === 'BINDING_ANSWER' && first && status < 300 ? row.play.answer : undefined;
  const { socket } = request.raw;
  if (answer === 'SLOW') await timers.pause(SLOW_SECONDS);
  if (answer === 'GARBAGE') reply.serializer(() => GARBAGE);
  const delivered = answer !== 'GARBAGE' && answer !== 'LOST' && !socket.destroyed;
  await note({ kind: 'BINDING_CALL', at, status, delivered });
  // Only after the note, so that an immediate second call does not count as the first.
  if (answer === 'LOST') socket.destroy();
}

const GARBAGE = '<!doctype html><title>An answer that is not JSON</title>';

/** Each session of the examined kind gets the next row. A session without a `uri` gets none: no browser is sent to the page. */
async function giveRow(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
  { pool, clock }: Pick<Network, 'pool' | 'clock'>,
): Promise<void> {
  const client = request[SIGNED_CONTEXT]?.client;
  if (client === undefined) return;
  const { clientId } = client;
  const role = examinedRole(client);
  if (reply.statusCode === 409 && isOfApprovedOrder(answer)) {
    await observeLatest(pool, { clientId, now: clock(), observation: { kind: 'ORDER_AGAIN' } });
  }
  const sessionId = reply.statusCode === 201 ? readLaunched(answer) : undefined;
  if (sessionId === undefined) return;
  const claimed = await claimRow(pool, { clientId, role, sessionId, now: clock() });
  if (claimed !== undefined && role === 'MERCHANT') await compareOrders(pool, { ...claimed, sessionId });
}

function readLaunched(answer: unknown): string | undefined {
  const { authenticationSessionId, uri } = answer as { authenticationSessionId?: unknown; uri?: unknown };
  return typeof authenticationSessionId === 'string' && typeof uri === 'string' ? authenticationSessionId : undefined;
}

function isOfApprovedOrder(answer: unknown): boolean {
  return JSON.stringify(answer).includes('"ORDER_ALREADY_APPROVED"');
}

async function playReport(
  request: FastifyRequest,
  reply: FastifyReply,
  network: Pick<Network, 'config' | 'pool' | 'keys' | 'clock'>,
): Promise<unknown> {
  const { authenticationSessionId } = request.params as { readonly authenticationSessionId: string }; // by the route
  const playing = await findPlaying(request, authenticationSessionId, network);
  const { outcome } = request.body as { readonly outcome?: unknown }; // by the route's schema
  if (playing?.row.play.kind !== 'REPORT_ANSWER' || outcome !== 'ACCEPTED') return undefined;
  const context = request[SIGNED_CONTEXT];
  const session = await findSession(network.pool, authenticationSessionId);
  if (context === undefined || session?.clientId !== context.client.clientId) return undefined;
  await ensureNonceConsumed(context);
  await playing.note({ kind: 'PLAYED' });
  if (playing.row.play.answer === 'REFUSED') {
    throw new ServiceError({ code: 'CREDENTIAL_REFUSED', pointer: '/credential' });
  }
  const proofOfAuthentication = await buildProof(session, 'FORGED', network);
  return reply.send({ status: 'AUTHENTICATED', proofOfAuthentication });
}

function isApproval(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 'AUTHENTICATED';
}

/** On the shop's own page there is no return from the network: the answer to the report takes its place. */
async function recordApproval(request: FastifyRequest, network: Network): Promise<void> {
  const { authenticationSessionId } = request.params as { readonly authenticationSessionId: string }; // by the route
  const playing = await findPlaying(request, authenticationSessionId, network);
  if (playing?.row.play.kind === 'REPORT_ANSWER') return; // nothing was approved
  await playing?.note({ kind: 'RETURNED', status: 'AUTHENTICATED', by: 'PAY' });
}

async function noteClearCardNumber(
  request: FastifyRequest,
  { pool, clock }: Pick<Network, 'pool' | 'clock'>,
): Promise<void> {
  const client = request[SIGNED_CONTEXT]?.client;
  if (client === undefined) return;
  const { method, body, routeOptions } = request;
  if (!hasClearCardNumber(`${request.raw.url} ${JSON.stringify(body ?? '')}`)) return;
  const fault = {
    request: `${method} ${routeOptions.url}`,
    seen: 'The request had a card number in clear.',
    right: 'Send card numbers inside encryptedData only, and in no address.',
    contract: '§6',
  };
  await noteFault(pool, { clientId: client.clientId, now: clock(), fault });
}
