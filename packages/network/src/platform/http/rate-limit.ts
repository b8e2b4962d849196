/** Rate limits by address, client and session. Each process counts for itself; the limits come from the configuration. */
import { hash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { RateLimits } from '../config/config.ts';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/** Throws TOO_MANY_REQUESTS when `key` is over its limit. */
export type Limiter = (request: FastifyRequest, key: string) => Promise<void>;

/** Throws TOO_MANY_REQUESTS when the address of the request is over its limit. */
export type AddressLimiter = (request: FastifyRequest) => Promise<void>;

export interface Limiters {
  /** For clients, which are known only behind the signature guard. */
  readonly limitClient: Limiter;
  /** For the session starts of one merchant of a payment service provider. */
  readonly limitMerchant: Limiter;
  readonly limitSession: Limiter;
  /** For calls that anybody can make and that store something: as many a minute as a session may have. */
  readonly limitVisitor: AddressLimiter;
  /** For calls before and while somebody signs in at the console. */
  readonly limitSignIn: AddressLimiter;
}

const SECOND_MILLISECONDS = 1000;
const MINUTE_MILLISECONDS = 60_000;
/** The most counters of one limiter. Each takes some hundred bytes; the least recently used is dropped first. */
const MAX_COUNTERS = 100_000;

/** Limits every request of `app` by its address. Answers the limiters whose key is known only later. */
export async function limitRequests(app: NetworkServer, limits: RateLimits): Promise<Limiters> {
  await app.register(rateLimit, { global: false });
  const limiter = (max: number, timeWindow: number): Limiter => {
    const keys = new WeakMap<FastifyRequest, string>();
    const keyGenerator = (request: FastifyRequest) => keys.get(request) ?? '';
    const byKey = { timeWindow, max, keyGenerator, cache: MAX_COUNTERS };
    const check = app.createRateLimit(byKey);
    return async (request, key) => {
      keys.set(request, key);
      refuseExceeded(await check(request));
    };
  };
  // The plugin's own key: the address; for IPv6 the /64 network, which one subscriber has.
  const addressLimiter = (max: number, timeWindow: number): AddressLimiter => {
    const byAddress = { timeWindow, max, ipv6Subnet: 64, cache: MAX_COUNTERS };
    const check = app.createRateLimit(byAddress);
    return async (request) => refuseExceeded(await check(request));
  };
  app.addHook('onRequest', addressLimiter(limits.perAddress, SECOND_MILLISECONDS));
  return {
    limitClient: limiter(limits.perClient, SECOND_MILLISECONDS),
    limitMerchant: limiter(limits.perMerchant, SECOND_MILLISECONDS),
    limitSession: limiter(limits.perSession, MINUTE_MILLISECONDS),
    limitVisitor: addressLimiter(limits.perSession, MINUTE_MILLISECONDS),
    limitSignIn: addressLimiter(limits.signIn, MINUTE_MILLISECONDS),
  };
}

/**
 * Limits the calls for one session at a page's back end. The key is the session that the request names (only `open` names one), else the page's
 * cookie. A caller that sends another unknown cookie with each call is limited by its address only.
 */
export function limitCeremonies(app: NetworkServer, limitSession: Limiter, cookie: string): void {
  app.addHook('preValidation', async (request) => {
    const { body } = request;
    const named = typeof body === 'object' && body !== null && 'authenticationSessionId' in body;
    const key = named ? body.authenticationSessionId : request.cookies[cookie];
    // Hashed, so that no secret is kept and keys stay short.
    if (typeof key === 'string') await limitSession(request, hash('sha256', key, 'base64url'));
  });
}

type Verdict = Awaited<ReturnType<ReturnType<NetworkServer['createRateLimit']>>>;

function refuseExceeded(verdict: Verdict): void {
  if (verdict.isAllowed || !verdict.isExceeded) return;
  throw new ServiceError(
    { code: 'TOO_MANY_REQUESTS', sourceType: 'SERVICE' },
    { retryAfterSeconds: Math.max(1, verdict.ttlInSeconds) },
  );
}
