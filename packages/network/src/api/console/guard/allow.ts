/** Each route of the console declares who may call it. The server does not start with a route that declares nothing. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';

export interface Permission {
  /** ANYBODY: the route needs no sign-in. */
  readonly roles: readonly OperatorRole[] | 'ANYBODY';
  /** The operator must have confirmed, with the passkey or at the OpenID provider, within the last five minutes. */
  readonly fresh: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly console?: Permission;
  }
}

interface RouteConfig {
  readonly console: Permission;
}

/** For the `config` of a route: these roles may call it. With `fresh`, only after a fresh confirmation: use it for dangerous actions. */
export function allow(
  roles: readonly OperatorRole[],
  { fresh = false }: { readonly fresh?: boolean } = {},
): RouteConfig {
  if (roles.length === 0) throw new RangeError('A route of the console allows at least one role.');
  return { console: { roles, fresh } };
}

/** For the `config` of a route that needs no sign-in. */
export const ANYBODY: RouteConfig = { console: { roles: 'ANYBODY', fresh: false } };
