/**
 * A request whose signature was verified: which client signed it, and how its nonce is consumed. The guard (api/guard) creates its context; the
 * routes behind the guard use that.
 */
import type { SignedRequest } from '@payment-passkeys/channel';
import type { Pool } from 'pg';
import type { GatewayError } from '../../platform/errors/errors.ts';
import { consumeNonce, type NonceClaim, type NonceVerdict, type RequestNonce } from './nonce-store.ts';
import type { Client } from './store.ts';

/** What the guard has verified of a request, by either scheme. */
export interface VerifiedRequest extends RequestNonce {
  /** The signature of OAuth 1.0a. Undefined: the request has an access token of OAuth 2.0. */
  readonly request: SignedRequest | undefined;
  /** Reads the client again, and verifies the signature with the keys that it has now. Throws {@link GatewayError}. */
  readonly identifyAnew: () => Promise<Client>;
  /** The error if the nonce was used before. */
  readonly refuseReuse: (client: Client) => GatewayError;
  /** The client, as it was last read. */
  readonly client: Client;
}

/** A signed request on its way through this process. */
export interface SignedRequestContext extends VerifiedRequest {
  readonly pool: Pool;
  client: Client;
  nonceConsumed: boolean;
}

/** The member of a request that holds its context. In a WeakMap, it would be kept until V8's next full collection (decision 124). */
export const SIGNED_CONTEXT: unique symbol = Symbol('context of a signed request');

/** Fastify's request. The context is undefined where the request is not signed, or its signature was not verified. */
export interface SignableRequest {
  [SIGNED_CONTEXT]: SignedRequestContext | undefined;
}

function contextOf(request: SignableRequest): SignedRequestContext {
  const context = request[SIGNED_CONTEXT];
  if (context === undefined) throw new Error('The route is not behind the signature guard.');
  return context;
}

/** The client that signed this request. Throws where the route is not behind the guard. */
export function signingClient(request: SignableRequest): Client {
  return contextOf(request).client;
}

/** What a route receives to serve a request that changes something. */
export interface SignedCall {
  readonly client: Client;
  /** For the statement that makes the change. Undefined once the nonce is consumed. */
  readonly nonceClaim: NonceClaim | undefined;
  /** Call it with that statement's verdict, before anything else of its result is used. Throws where the request must not be served. */
  readonly assertAdmitted: (verdict: NonceVerdict) => void;
}

/**
 * Serves a request, and consumes its nonce by the statement that makes its change. So the nonce costs no further statement, and no further wait
 * for the disk. Where nothing is changed, the nonce is consumed by itself before the answer is sent. `serve` is called again where the client was
 * changed since it was read. The route has `config: { nonceWithChange: true }`.
 */
export async function serveSigned<Answer>(
  request: SignableRequest,
  serve: (call: SignedCall) => Promise<Answer>,
): Promise<Answer> {
  const context = contextOf(request);
  for (;;) {
    const { client, nonceConsumed } = context;
    const nonceClaim = nonceConsumed ? undefined : buildNonceClaim(context);
    try {
      const answer = await serve({ client, nonceClaim, assertAdmitted: (verdict) => assertAdmitted(verdict, context) });
      await ensureNonceConsumed(context);
      return answer;
    } catch (error) {
      if (!(error instanceof ClientChanged)) throw error;
      context.client = await context.identifyAnew();
    }
  }
}

/** Consumes the nonce by a statement of its own, for a change that is made by another statement afterwards. Throws what `assertAdmitted` throws. */
export async function admitFirst({ nonceClaim, assertAdmitted }: SignedCall, pool: Pool): Promise<void> {
  if (nonceClaim !== undefined) assertAdmitted(await consumeNonce(pool, nonceClaim));
}

/** Consumes the nonce by a statement of its own, where it is not consumed yet. Throws {@link GatewayError} where it was used before. */
export async function ensureNonceConsumed(context: SignedRequestContext): Promise<void> {
  while (!context.nonceConsumed) {
    const verdict = await consumeNonce(context.pool, buildNonceClaim(context));
    if (verdict === 'CLIENT_CHANGED') context.client = await context.identifyAnew();
    else assertAdmitted(verdict, context);
  }
}

function buildNonceClaim({ client, signer, signedAt, nonce }: SignedRequestContext): NonceClaim {
  return { client, signer, signedAt, nonce };
}

/** The client differs from the one that the request was judged by. This error never leaves this file. */
class ClientChanged extends Error {
  override readonly name = 'ClientChanged';
}

function assertAdmitted(verdict: NonceVerdict, context: SignedRequestContext): void {
  switch (verdict) {
    case 'CONSUMED':
      context.nonceConsumed = true;
      return;
    case 'USED_BEFORE':
      throw context.refuseReuse(context.client);
    case 'CLIENT_CHANGED':
      throw new ClientChanged();
  }
}
