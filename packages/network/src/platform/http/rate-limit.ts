/** How much one address, one client and one session may ask. Counted in each process; the limits are the configuration's. */
import { createHash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { RateLimits } from '../config/config.ts';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/** Throws TOO_MANY_REQUESTS when `key` has used up its share. */
export type Limiter = (request: FastifyRequest, key: string) => Promise<void>;

export interface Limiters {
  /** For clients, whose name is known only behind the signature guard. */
  readonly limitClient: Limiter;
  readonly limitSession: Limiter;
}

const SECOND_MILLISECONDS = 1000;
const MINUTE_MILLISECONDS = 60_000;
/** The least recently seen is forgotten first; some hundred bytes each. */
const MAX_COUNTERS = 100_000;

/** Limits every request of `app` by its address, and answers the limiters for what is known of a request later. */
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
  // By the plugin's own key: the address, of IPv6 the /64 that one subscriber has.
  const byAddress = { timeWindow: SECOND_MILLISECONDS, max: limits.perAddress, ipv6Subnet: 64, cache: MAX_COUNTERS };
  const checkAddress = app.createRateLimit(byAddress);
  app.addHook('onRequest', async (request) => refuseExceeded(await checkAddress(request)));
  return {
    limitClient: limiter(limits.perClient, SECOND_MILLISECONDS),
    limitSession: limiter(limits.perSession, MINUTE_MILLISECONDS),
  };
}

/**
 * Limits what is asked of one session at the hosted page's back end: by the session that the request names (only opening does), and by
 * its ceremony cookie. A cookie that is nobody's costs no more than the address's own share.
 */
export function limitCeremonies(app: NetworkServer, limitSession: Limiter, ceremonyCookie: string): void {
  app.addHook('preValidation', async (request) => {
    const { body } = request;
    const named = typeof body === 'object' && body !== null && 'authenticationSessionId' in body;
    const key = named ? body.authenticationSessionId : request.cookies[ceremonyCookie];
    // Hashed: a counter has no use for what it counts, and keys stay short.
    if (typeof key === 'string') await limitSession(request, createHash('sha256').update(key).digest('base64url'));
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
