/** The guard of signed requests: it verifies which client calls, by OAuth 1.0a here (contract §6), by OAuth 2.0 in token-guard.ts (§21). */
import {
  readSignedRequest,
  type SignatureRefusal,
  type SignatureVerdict,
  type SignedRequest,
  verifySignature,
} from '@payment-passkeys/channel';
import { compileSchema, findSecurityCode, MerchantId, SERVICE_ERRORS } from '@payment-passkeys/protocol';
import type { FastifyRequest } from 'fastify';
import Type, { IsSchema } from 'typebox';
import { createKnownClients, type KnownClients } from '../../domain/clients/known-clients.ts';
import { readClientKey } from '../../domain/clients/public-keys.ts';
import {
  ensureNonceConsumed,
  SIGNED_CONTEXT,
  type SignableRequest,
  type SignedRequestContext,
  type VerifiedRequest,
} from '../../domain/clients/signed-request.ts';
import { type Client, findClientByConsumerKey } from '../../domain/clients/store.ts';
import { noteRefusal } from '../../domain/timeline/notes.ts';
import type { Config } from '../../platform/config/config.ts';
import { GatewayError, type RefusedCaller, replyWith, ServiceError } from '../../platform/errors/errors.ts';
import { readJson, readJsonBody } from '../../platform/http/json-body.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import type { Limiters } from '../../platform/http/rate-limit.ts';
import { pathAndQuery } from '../../platform/http/request-target.ts';
import { noteUnknownFields } from '../../platform/http/unknown-fields.ts';
import type { Metrics } from '../../platform/telemetry/metrics.ts';
import { createTokenGuard, DPOP_OFFER, hasToken, type TokenGuardDependencies } from './token-guard.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is served by `serveSigned`. For every other route the guard consumes the nonce. */
    readonly nonceWithChange?: true;
  }
  interface FastifyRequest extends SignableRequest {}
}

export interface GuardDependencies extends TokenGuardDependencies {
  readonly config: Pick<Config, 'publicUrl' | 'mode'>;
  readonly metrics: Metrics;
}

interface Guard extends GuardDependencies {
  readonly known: KnownClients;
}

/**
 * Guards every route of `app`. The body stays the raw bytes until the signature over them is verified. Only then is it parsed and checked by
 * the route's schema.
 */
export function guardSignedRequests(
  app: NetworkServer,
  dependencies: GuardDependencies,
  { limitClient, limitMerchant }: Pick<Limiters, 'limitClient' | 'limitMerchant'>,
): void {
  const { config, pool, metrics, tracing, clock } = dependencies;
  const known = createKnownClients(clock);
  const guard: Guard = { ...dependencies, known };
  const verifyToken = createTokenGuard(dependencies, known);
  app.decorateRequest(SIGNED_CONTEXT, undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('preValidation', async (request, reply) => {
    const { config: ofRoute, schema } = request.routeOptions; // Fastify makes them anew each time they are read.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    assertOneAuthorization(request);
    const verified = hasToken(request) ? await verifyToken(request, reply) : await verifyRequest(request, body, guard);
    const context: SignedRequestContext = { ...verified, pool, nonceConsumed: false };
    const { client } = context;
    if (!ofRoute.nonceWithChange) await ensureNonceConsumed(context);
    request[SIGNED_CONTEXT] = context;
    tracing.join(request.headers.traceparent);
    tracing.set({ 'payment_passkeys.client.id': client.clientId });
    // The merchant's limit is first, so that requests beyond it do not count against the provider's limit.
    const merchantId = client.provider ? findMerchantId(body) : undefined;
    if (merchantId !== undefined) limitMerchant(`${client.clientId} ${merchantId}`);
    limitClient(client.clientId);
    if (WITHOUT_BODY.includes(request.method)) return;
    request.body = readJsonBody(body);
    const securityCode = findSecurityCode(request.body);
    if (securityCode !== undefined) throw new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer: securityCode });
    const schemas = [schema?.body].filter(IsSchema);
    noteUnknownFields(reply, { value: request.body, schemas, pointer: '' }, config.mode);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const context = request[SIGNED_CONTEXT];
    const settled = await settle(error, context);
    countRefusal(settled, context, metrics);
    await noteRefusal(settled, { pool, tracing, clock });
    return replyWith(settled, { request, reply });
  });
}

/** Methods whose requests have no content (RFC 9110 §9.3.1, §9.3.2, §9.3.5). */
const WITHOUT_BODY = ['GET', 'HEAD', 'DELETE'];

const hasMerchant = compileSchema(Type.Object({ merchantId: MerchantId }));

/** The merchant that a session's request names. Undefined also if the body is not JSON, which is refused later. */
function findMerchantId(body: Buffer): string | undefined {
  const content = readJson(body);
  return hasMerchant.accepts(content) ? content.merchantId : undefined;
}

/** A failure of the network itself is not counted as a refusal, nor is the request for a nonce: every client of OAuth 2.0 gets it (RFC 9449 §8). */
function countRefusal(error: unknown, context: SignedRequestContext | undefined, metrics: Metrics): void {
  if (error instanceof GatewayError) {
    if (error.code === 'USE_DPOP_NONCE') return;
    metrics.signatureRefusals.inc({ reason: error.detail.because });
    metrics.clients.callRefused(error.detail.client);
  } else if (error instanceof ServiceError && SERVICE_ERRORS[error.code].status < 500) {
    metrics.clients.callRefused(context?.client.clientId);
  }
}

/** A refused request consumes its nonce as well. A failed request does not: how far it came is not known. */
async function settle(error: unknown, context: SignedRequestContext | undefined): Promise<unknown> {
  if (context === undefined || !(error instanceof ServiceError)) return error;
  return ensureNonceConsumed(context).then(
    () => error,
    (refused: unknown) => refused,
  );
}

function assertOneAuthorization(request: FastifyRequest): void {
  if (!hasSeveralAuthorizations(request)) return;
  const description = 'The request has more than one Authorization header; send one.';
  throw new GatewayError('MISSING_SIGNATURE', description, { because: 'SEVERAL_AUTHORIZATION_HEADERS' });
}

async function verifyRequest(request: FastifyRequest, body: Buffer, guard: Guard): Promise<VerifiedRequest> {
  const signed = readRequest(request, body, guard);
  return {
    request: signed,
    signer: signed.consumerKey,
    signedAt: new Date(signed.timestamp * 1000),
    nonce: signed.nonce,
    identifyAnew: () => identifyAnew(signed, guard),
    refuseReuse: ({ clientId }) => unauthenticated(NONCE_USED, { because: 'NONCE_USED', client: clientId }),
    client: await identify(signed, guard),
  };
}

const NONCE_USED = 'The nonce was used before; take a new one for each request.';

function readRequest(request: FastifyRequest, body: Buffer, { config, clock }: Guard): SignedRequest {
  const reading = readSignedRequest({
    method: request.method,
    url: config.publicUrl + pathAndQuery(request.raw.url),
    authorization: request.headers.authorization,
    body,
    now: clock(),
  });
  if (!reading.ok) throw refusal(reading, undefined, config);
  return reading.request;
}

/** Verifies with the client that this process remembers. If none is remembered, or the signature is wrong, reads the client from the database. */
async function identify(request: SignedRequest, guard: Guard): Promise<Client> {
  const remembered = guard.known.find(request.consumerKey);
  const verdict = remembered && (await verifyBy(remembered, request, guard));
  return remembered !== undefined && verdict?.ok ? remembered : identifyAnew(request, guard);
}

async function identifyAnew(request: SignedRequest, guard: Guard): Promise<Client> {
  const client = await findClientByConsumerKey(guard.pool, request.consumerKey);
  if (client === undefined) {
    const consumerKey = request.consumerKey.slice(0, LOGGED_KEY_LENGTH);
    throw unauthenticated('The consumer key is not known here.', { because: 'UNKNOWN_CLIENT', consumerKey });
  }
  const verdict = await verifyBy(client, request, guard);
  if (!verdict.ok) throw refusal(verdict, client.clientId, guard.config);
  if (client.suspended) {
    throw unauthenticated('The client is suspended.', { because: 'CLIENT_SUSPENDED', client: client.clientId });
  }
  guard.known.remember(request.consumerKey, client);
  return client;
}

function verifyBy({ signingKeys }: Client, request: SignedRequest, { tracing }: Guard): Promise<SignatureVerdict> {
  return tracing.step('verify signature', () =>
    verifySignature({ request, publicKeys: signingKeys.map(readClientKey) }),
  );
}

/** How much of an unknown consumer key is logged: enough to find its owner. */
const LOGGED_KEY_LENGTH = 8;

function unauthenticated(description: string, detail: RefusedCaller): GatewayError {
  return new GatewayError('AUTHENTICATION_FAILED', description, detail);
}

/** `clientId` is undefined if the request names no known client. */
function refusal(
  refused: SignatureRefusal,
  clientId: string | undefined,
  { mode }: GuardDependencies['config'],
): GatewayError {
  const detail = { because: refused.code, ...(clientId !== undefined && { client: clientId }) };
  if (refused.code === 'MISSING_HEADER') {
    return new GatewayError('MISSING_SIGNATURE', refused.description, { ...detail, challenge: `OAuth, ${DPOP_OFFER}` });
  }
  if (refused.code === 'BODY_HASH_MISMATCH') return new GatewayError('INVALID_BODY_HASH', refused.description, detail);
  const baseString =
    refused.code === 'SIGNATURE_MISMATCH' && mode === 'sandbox'
      ? ` The network computed this signature base string: ${refused.baseStrings.join(' or, as the official libraries encode it: ')}`
      : '';
  return new GatewayError('AUTHENTICATION_FAILED', refused.description + baseString, detail);
}

/** True for two lines, of which Node's `headers` has only the first, and for one line that a proxy has joined from two (RFC 9110 §5.3). */
function hasSeveralAuthorizations({ raw }: FastifyRequest): boolean {
  const lines = raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'authorization');
  return lines.length > 1 || /",\s*OAuth\s/i.test(raw.headers.authorization ?? '');
}
