/** The guard of the console: who is signed in, and whether their role may call the route. */
import { BACKGROUND_HEADER } from '@payment-passkeys/protocol/console';
import type { FastifyRequest } from 'fastify';
import type { SignedInOperator } from '../../../domain/operators/operator.ts';
import { CONSOLE_COOKIE, findSignedIn } from '../../../domain/operators/sessions.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import type { Permission } from './allow.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in. Throws on a route that ANYBODY may call: use `findCaller` there. */
    readonly operator: SignedInOperator;
  }
}

const callers = new WeakMap<FastifyRequest, SignedInOperator>();

/**
 * Guards every route that `app` gets from now on, and throws at the start for a route that does not declare who may call it. A request is refused before
 * its body is read: SIGNED_OUT, ROLE_NOT_ALLOWED, CONFIRMATION_REQUIRED.
 */
export function guardConsole(app: NetworkServer, network: Pick<ConsoleNetwork, 'pool' | 'clock'>): void {
  app.decorateRequest('operator', {
    getter(this: FastifyRequest) {
      const operator = callers.get(this);
      if (operator === undefined) throw new Error('The route is open to anybody: it has no operator.');
      return operator;
    },
  });
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.console === undefined) throw new Error(`${method} ${url} does not declare who may call it.`);
  });
  app.addHook('onRequest', async (request) => {
    const { console: permission } = request.routeOptions.config;
    if (permission === undefined || permission.roles === 'ANYBODY') return; // undefined: there is no such route
    const operator = await findCaller(request, network);
    if (operator === undefined) throw new ServiceError({ code: 'SIGNED_OUT', sourceType: 'HEADER' });
    assertAllowed(operator, permission, network.clock());
    callers.set(request, operator);
  });
}

/** Who is signed in, if anybody is. */
export async function findCaller(
  { cookies, headers }: FastifyRequest,
  { pool, clock }: Pick<ConsoleNetwork, 'pool' | 'clock'>,
): Promise<SignedInOperator | undefined> {
  const secret = cookies[CONSOLE_COOKIE];
  if (secret === undefined) return undefined;
  const by = headers[BACKGROUND_HEADER] === undefined ? 'OPERATOR' : 'BACKGROUND';
  return findSignedIn(pool, { secret, now: clock(), by });
}

function assertAllowed(operator: SignedInOperator, { roles, fresh }: Permission, now: Date): void {
  if (!roles.includes(operator.role)) {
    throw new ServiceError({ code: 'ROLE_NOT_ALLOWED', sourceType: 'SERVICE' }, { roles: [...roles] });
  }
  if (fresh && operator.confirmedUntil <= now) {
    throw new ServiceError({ code: 'CONFIRMATION_REQUIRED', sourceType: 'SERVICE' });
  }
}
