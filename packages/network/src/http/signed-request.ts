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
import { findSecurityCode } from '@payment-passkeys/protocol';
import type { FastifyRequest } from 'fastify';
import { createKnownClients, type KnownClients } from '../clients/known-clients.ts';
import { type Client, findClientByConsumerKey } from '../clients/store.ts';
import type { Network, NetworkServer } from '../network.ts';
import { GatewayError, ServiceError } from './errors.ts';
import { readJsonBody } from './json-body.ts';
import { takeNonce } from './nonce-store.ts';
import type { Limiter } from './rate-limit.ts';

const clients = new WeakMap<FastifyRequest, Client>();

/** The client that signed this request. Only behind {@link guardSignedRequests}. */
export function signingClient(request: FastifyRequest): Client {
  const client = clients.get(request);
  if (client === undefined) throw new Error('The route is not behind the signature guard.');
  return client;
}

/**
 * Guards every route of `app`. The body stays the bytes that arrived until the signature over them holds;
 * only then it is parsed, and only then the route's schema sees it.
 */
export function guardSignedRequests(app: NetworkServer, network: Network, limitClient: Limiter): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const known = createKnownClients(network.clock);
  app.addHook('preValidation', async (request) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const client = await authenticate(readRequest(request, body, network), { network, known });
    clients.set(request, client);
    network.tracing.join(request.headers.traceparent);
    network.tracing.set({ 'payment_passkeys.client.id': client.clientId });
    await limitClient(request, client.clientId);
    request.body = readJsonBody(body);
    const securityCode = findSecurityCode(request.body);
    if (securityCode !== undefined) throw new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer: securityCode });
  });
}

function readRequest(request: FastifyRequest, body: Buffer, network: Network): SignedRequest {
  const reading = readSignedRequest({
    method: request.method,
    url: network.config.publicUrl + request.raw.url,
    authorization: countHeaders(request, 'authorization') > 1 ? '' : request.headers.authorization,
    body,
    now: network.clock(),
  });
  if (!reading.ok) throw refusal(reading, network);
  return reading.request;
}

interface Guard {
  readonly network: Network;
  readonly known: KnownClients;
}

/** By what is known of the client where that suffices, else by what the database says. */
async function authenticate(request: SignedRequest, guard: Guard): Promise<Client> {
  const { network, known } = guard;
  const remembered = known.find(request.consumerKey);
  if (remembered !== undefined) {
    const { ok } = await verifyBy(remembered, request, network);
    if (ok && (await admit(remembered, request, network))) return remembered;
  }
  const client = await findClientByConsumerKey(network.pool, request.consumerKey);
  if (client === undefined) throw unauthenticated('UNKNOWN_CLIENT', 'The consumer key is not known here.', network);
  const verdict = await verifyBy(client, request, network);
  if (!verdict.ok) throw refusal(verdict, network);
  if (client.suspended) throw unauthenticated('CLIENT_SUSPENDED', 'The client is suspended.', network);
  known.remember(client);
  return (await admit(client, request, network)) ? client : authenticate(request, guard);
}

function verifyBy({ signingKeys }: Client, request: SignedRequest, { tracing }: Network): Promise<SignatureVerdict> {
  return tracing.step('verify signature', () => verifySignature({ request, publicKeys: signingKeys.map(parsedKey) }));
}

/** False where the client has changed meanwhile. */
async function admit(client: Client, { timestamp, nonce }: SignedRequest, network: Network): Promise<boolean> {
  const verdict = await takeNonce(network.pool, { client, signedAt: new Date(timestamp * 1000), nonce });
  if (verdict === 'USED_BEFORE') {
    throw unauthenticated('NONCE_USED', 'The nonce was used before; take a new one for each request.', network);
  }
  return verdict === 'TAKEN';
}

function unauthenticated(reason: string, description: string, { metrics }: Network): GatewayError {
  metrics.signatureRefusals.inc({ reason });
  return new GatewayError('AUTHENTICATION_FAILED', description);
}

function refusal(refused: SignatureRefusal, { config, metrics }: Network): GatewayError {
  metrics.signatureRefusals.inc({ reason: refused.code });
  if (refused.code === 'MISSING_HEADER') return new GatewayError('MISSING_SIGNATURE', refused.description);
  if (refused.code === 'BODY_HASH_MISMATCH') return new GatewayError('INVALID_BODY_HASH', refused.description);
  const baseString =
    refused.code === 'SIGNATURE_MISMATCH' && config.mode === 'sandbox'
      ? ` The network computed this signature base string: ${refused.baseStrings.join(' or, as the official libraries encode it: ')}`
      : '';
  return new GatewayError('AUTHENTICATION_FAILED', refused.description + baseString);
}

/** Node joins or drops repeated headers; the raw list still tells. */
function countHeaders(request: FastifyRequest, name: string): number {
  return request.raw.rawHeaders.filter((entry, position) => position % 2 === 0 && entry.toLowerCase() === name).length;
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
