/** Rate limits by address, client and session. Each process counts for itself; the limits come from the configuration. */
import { hash } from 'node:crypto';
import { normalizeIP } from '@fastify/rate-limit';
import LocalStore, { type Count } from '@fastify/rate-limit/store/LocalStore.js';
import type { onRequestHookHandler } from 'fastify';
import type { RateLimits } from '../config/config.ts';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/** Throws TOO_MANY_REQUESTS when `key` is over its limit. */
export type Limiter = (key: string) => void;

/** A hook that refuses a request with TOO_MANY_REQUESTS when its address is over the limit. */
export type AddressLimiter = onRequestHookHandler;

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
export function limitRequests(app: NetworkServer, limits: RateLimits): Limiters {
  app.addHook('onRequest', addressLimiter(limits.perAddress, SECOND_MILLISECONDS));
  return {
    limitClient: limiter(limits.perClient, SECOND_MILLISECONDS),
    limitMerchant: limiter(limits.perMerchant, SECOND_MILLISECONDS),
    limitSession: limiter(limits.perSession, MINUTE_MILLISECONDS),
    limitVisitor: addressLimiter(limits.perSession, MINUTE_MILLISECONDS),
    limitSignIn: addressLimiter(limits.signIn, MINUTE_MILLISECONDS),
  };
}

/** Uses the counters of @fastify/rate-limit without its plugin, which costs more than the counting itself (decision 124). */
function limiter(max: number, timeWindow: number): Limiter {
  const counters = new LocalStore(false, false, MAX_COUNTERS);
  const refuseExceeded = (_: null, { current, ttl }: Count) => {
    if (current <= max) return;
    throw new ServiceError(
      { code: 'TOO_MANY_REQUESTS', sourceType: 'SERVICE' },
      { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)) },
    );
  };
  return (key) => counters.incr(key, refuseExceeded, timeWindow, max);
}

function addressLimiter(max: number, timeWindow: number): AddressLimiter {
  const limit = limiter(max, timeWindow);
  return ({ ip }, _reply, proceed) => {
    // One counter for an IPv6 network of /64, which one subscriber has. An address without a colon is a key as it is.
    limit(ip.includes(':') ? normalizeIP(ip, 64) : ip);
    proceed();
  };
}

/**
 * Limits the calls for one session at a page's back end. The key is the session that the request names (only `open` names one), else the page's
 * cookie. A caller that sends another unknown cookie with each call is limited by its address only.
 */
export function limitCeremonies(app: NetworkServer, limitSession: Limiter, cookie: string): void {
  app.addHook('preValidation', ({ body, cookies }, _reply, proceed) => {
    const named = typeof body === 'object' && body !== null && 'authenticationSessionId' in body;
    const key = named ? body.authenticationSessionId : cookies[cookie];
    // Hashed, so that no secret is kept and keys stay short.
    if (typeof key === 'string') limitSession(hash('sha256', key, 'base64url'));
    proceed();
  });
}
