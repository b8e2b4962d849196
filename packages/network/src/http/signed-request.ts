/** The signed-request guard: who calls, proven (contract §6). The one seam where another scheme could stand beside OAuth 1.0a. */
import type { KeyObject } from 'node:crypto';
import {
  readPublicKey,
  readSignedRequest,
  type SignatureRefusal,
  type SignatureVerdict,
  type SignedRequest,
  verifySignature,
} from '@payment-passkeys/channel';
import { findSecurityCode, SERVICE_ERRORS } from '@payment-passkeys/protocol';
import type { FastifyRequest } from 'fastify';
import { IsSchema } from 'typebox';
import { createKnownClients, type KnownClients } from '../clients/known-clients.ts';
import { type Client, findClientByConsumerKey } from '../clients/store.ts';
import type { Network, NetworkServer } from '../network.ts';
import { GatewayError, type RefusedCaller, replyWith, ServiceError } from './errors.ts';
import { readJsonBody } from './json-body.ts';
import { type Admission, type NonceVerdict, takeNonce } from './nonce-store.ts';
import type { Limiter } from './rate-limit.ts';
import { pathAndQuery } from './request-target.ts';
import { noteUnknownFields } from './unknown-fields.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is served by {@link serveSigned}. Every other one finds the nonce used up. */
    readonly nonceWithChange?: true;
  }
}

/** A request whose signature holds, on its way through this process. */
interface Visit {
  readonly request: SignedRequest;
  readonly guard: Guard;
  /** As last read. */
  client: Client;
  nonceUsed: boolean;
}

const visits = new WeakMap<FastifyRequest, Visit>();

function visitOf(request: FastifyRequest): Visit {
  const visit = visits.get(request);
  if (visit === undefined) throw new Error('The route is not behind the signature guard.');
  return visit;
}

/** The client that signed this request. Only behind {@link guardSignedRequests}. */
export function signingClient(request: FastifyRequest): Client {
  return visitOf(request).client;
}

/** What a request that is about to change something is served with. */
export interface SignedCall {
  readonly client: Client;
  /** For the statement that makes the change. Undefined once the nonce is used up. */
  readonly admission: Admission | undefined;
  /** Is told what came of it there, before anything else is made of that statement's answer. Throws where the request is not to be served. */
  readonly heed: (verdict: NonceVerdict) => void;
}

/**
 * Serves a request whose nonce is used up by the statement that makes its change: one wait for the disk, and no statement more. Where nothing
 * is changed it is used up all the same, before anybody is answered. `serve` is called again where the client was changed since it was read.
 */
export async function serveSigned<Answer>(
  request: FastifyRequest,
  serve: (call: SignedCall) => Promise<Answer>,
): Promise<Answer> {
  const visit = visitOf(request);
  for (;;) {
    const { client, nonceUsed } = visit;
    const admission = nonceUsed ? undefined : admissionOf(visit);
    try {
      const answer = await serve({ client, admission, heed: (verdict) => heed(verdict, visit) });
      await useNonce(visit);
      return answer;
    } catch (error) {
      if (!(error instanceof ClientChanged)) throw error;
      visit.client = await identifyAnew(visit.request, visit.guard);
    }
  }
}

/**
 * Guards every route of `app`. The body stays the bytes that arrived until the signature over them holds;
 * only then it is parsed, and only then the route's schema sees it.
 */
export function guardSignedRequests(app: NetworkServer, network: Network, limitClient: Limiter): void {
  const guard: Guard = { network, known: createKnownClients(network.clock) };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('preValidation', async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const signed = readRequest(request, body, network);
    const client = await identify(signed, guard);
    const visit: Visit = { request: signed, guard, client, nonceUsed: false };
    if (!request.routeOptions.config.nonceWithChange) await useNonce(visit);
    visits.set(request, visit);
    network.tracing.join(request.headers.traceparent);
    network.tracing.set({ 'payment_passkeys.client.id': client.clientId });
    await limitClient(request, client.clientId);
    request.body = readJsonBody(body);
    const securityCode = findSecurityCode(request.body);
    if (securityCode !== undefined) throw new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer: securityCode });
    const schemas = [request.routeOptions.schema?.body].filter(IsSchema);
    noteUnknownFields(reply, { value: request.body, schemas, pointer: '' }, network);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const visit = visits.get(request);
    const settled = await settle(error, visit);
    countRefusal(settled, visit, network);
    return replyWith(settled, request, reply);
  });
}

/** What is the network's own fault is no refusal. */
function countRefusal(error: unknown, visit: Visit | undefined, { metrics }: Network): void {
  if (error instanceof GatewayError) metrics.clients.callRefused(error.detail.client);
  else if (error instanceof ServiceError && SERVICE_ERRORS[error.code].status < 500)
    metrics.clients.callRefused(visit?.client.clientId);
}

/** What is refused uses its nonce up as well; of what failed, nobody knows how far it came. */
async function settle(error: unknown, visit: Visit | undefined): Promise<unknown> {
  if (visit === undefined || !(error instanceof ServiceError)) return error;
  return useNonce(visit).then(
    () => error,
    (refused: unknown) => refused,
  );
}

function readRequest(request: FastifyRequest, body: Buffer, network: Network): SignedRequest {
  if (hasSeveralAuthorizations(request)) {
    network.metrics.signatureRefusals.inc({ reason: 'MISSING_HEADER' });
    const description = 'The request has more than one Authorization header; send one.';
    throw new GatewayError('MISSING_SIGNATURE', description, { because: 'SEVERAL_AUTHORIZATION_HEADERS' });
  }
  const reading = readSignedRequest({
    method: request.method,
    url: network.config.publicUrl + pathAndQuery(request.raw.url),
    authorization: request.headers.authorization,
    body,
    now: network.clock(),
  });
  if (!reading.ok) throw refusal(reading, undefined, network);
  return reading.request;
}

interface Guard {
  readonly network: Network;
  readonly known: KnownClients;
}

/** By what is known of the client where that suffices, else by what the database says. */
async function identify(request: SignedRequest, guard: Guard): Promise<Client> {
  const remembered = guard.known.find(request.consumerKey);
  const verdict = remembered && (await verifyBy(remembered, request, guard.network));
  return remembered !== undefined && verdict?.ok ? remembered : identifyAnew(request, guard);
}

async function identifyAnew(request: SignedRequest, { network, known }: Guard): Promise<Client> {
  const client = await findClientByConsumerKey(network.pool, request.consumerKey);
  if (client === undefined) {
    const caller = { consumerKey: request.consumerKey.slice(0, LOGGED_KEY_LENGTH) };
    throw unauthenticated('UNKNOWN_CLIENT', 'The consumer key is not known here.', { caller, network });
  }
  const caller = { client: client.clientId };
  const verdict = await verifyBy(client, request, network);
  if (!verdict.ok) throw refusal(verdict, client.clientId, network);
  if (client.suspended) throw unauthenticated('CLIENT_SUSPENDED', 'The client is suspended.', { caller, network });
  known.remember(client);
  return client;
}

function verifyBy({ signingKeys }: Client, request: SignedRequest, { tracing }: Network): Promise<SignatureVerdict> {
  return tracing.step('verify signature', () => verifySignature({ request, publicKeys: signingKeys.map(parsedKey) }));
}

function admissionOf({ client, request }: Visit): Admission {
  return { client, signedAt: new Date(request.timestamp * 1000), nonce: request.nonce };
}

/** The client is no longer what the request was judged by. Never leaves this file. */
class ClientChanged extends Error {
  override readonly name = 'ClientChanged';
}

function heed(verdict: NonceVerdict, visit: Visit): void {
  switch (verdict) {
    case 'TAKEN':
      visit.nonceUsed = true;
      return;
    case 'USED_BEFORE': {
      const description = 'The nonce was used before; take a new one for each request.';
      const caller = { client: visit.client.clientId };
      throw unauthenticated('NONCE_USED', description, { caller, network: visit.guard.network });
    }
    case 'CLIENT_CHANGED':
      throw new ClientChanged();
  }
}

/** By itself, where it is not used up yet. */
async function useNonce(visit: Visit): Promise<void> {
  const { request, guard } = visit;
  while (!visit.nonceUsed) {
    const verdict = await takeNonce(guard.network.pool, admissionOf(visit));
    if (verdict === 'CLIENT_CHANGED') visit.client = await identifyAnew(request, guard);
    else heed(verdict, visit);
  }
}

/** Enough of an unknown consumer key to find whose it is. */
const LOGGED_KEY_LENGTH = 8;

function unauthenticated(
  because: string,
  description: string,
  { caller, network }: { readonly caller: Pick<RefusedCaller, 'client' | 'consumerKey'>; readonly network: Network },
): GatewayError {
  network.metrics.signatureRefusals.inc({ reason: because });
  return new GatewayError('AUTHENTICATION_FAILED', description, { because, ...caller });
}

/** `clientId` is undefined where the request does not get so far as to name a client. */
function refusal(refused: SignatureRefusal, clientId: string | undefined, { config, metrics }: Network): GatewayError {
  const detail = { because: refused.code, ...(clientId !== undefined && { client: clientId }) };
  metrics.signatureRefusals.inc({ reason: refused.code });
  if (refused.code === 'MISSING_HEADER') return new GatewayError('MISSING_SIGNATURE', refused.description, detail);
  if (refused.code === 'BODY_HASH_MISMATCH') return new GatewayError('INVALID_BODY_HASH', refused.description, detail);
  const baseString =
    refused.code === 'SIGNATURE_MISMATCH' && config.mode === 'sandbox'
      ? ` The network computed this signature base string: ${refused.baseStrings.join(' or, as the official libraries encode it: ')}`
      : '';
  return new GatewayError('AUTHENTICATION_FAILED', refused.description + baseString, detail);
}

/** As two lines, of which Node keeps the first and the raw list has both, or joined by a proxy as RFC 9110 §5.3 lets it. */
function hasSeveralAuthorizations({ raw }: FastifyRequest): boolean {
  const lines = raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'authorization');
  return lines.length > 1 || /",\s*OAuth\s/i.test(raw.headers.authorization ?? '');
}

const MAX_PARSED_KEYS = 1000;
const parsedKeys = new Map<string, KeyObject>();

/** Parsing a PEM costs more than verifying with it, so it is done once for each key. */
function parsedKey(pem: string): KeyObject {
  const known = parsedKeys.get(pem);
  if (known !== undefined) return known;
  if (parsedKeys.size >= MAX_PARSED_KEYS) parsedKeys.clear();
  const key = readPublicKey(pem);
  parsedKeys.set(pem, key);
  return key;
}
