/** How much one address and one client may ask in a second. Counted in each process; the limits are the configuration's. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { RateLimits } from '../config.ts';
import type { NetworkServer } from '../network.ts';
import { ServiceError } from './errors.ts';

/** Throws TOO_MANY_REQUESTS when `key` has used up its second. */
export type Limiter = (request: FastifyRequest, key: string) => Promise<void>;

/** Limits every request of `app` by its address, and answers the limiter for clients, whose name is known only behind the guard. */
export async function limitRequests(app: NetworkServer, { perAddress, perClient }: RateLimits): Promise<Limiter> {
  await app.register(rateLimit, { global: false });
  const window = { timeWindow: 1000 };
  const checkAddress = app.createRateLimit({ ...window, max: perAddress, keyGenerator: ({ ip }) => ip });
  const keys = new WeakMap<FastifyRequest, string>();
  const checkClient = app.createRateLimit({
    ...window,
    max: perClient,
    keyGenerator: (request) => keys.get(request) ?? '',
  });
  app.addHook('onRequest', async (request) => refuseExceeded(await checkAddress(request)));
  return async (request, key) => {
    keys.set(request, key);
    refuseExceeded(await checkClient(request));
  };
}

type Verdict = Awaited<ReturnType<ReturnType<NetworkServer['createRateLimit']>>>;

function refuseExceeded(verdict: Verdict): void {
  if (!verdict.isAllowed && verdict.isExceeded)
    throw new ServiceError({ code: 'TOO_MANY_REQUESTS', sourceType: 'SERVICE' });
}
