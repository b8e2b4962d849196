/** A session by its id, for the client that made it: every signed call about a session begins here. */
import type { Pool } from 'pg';
import { type Fault, ServiceError } from '../../platform/errors/errors.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import { findSession, type Session } from './store.ts';

/**
 * Finds the session and joins its trace. `at` is the place of its id in the request. Throws {@link ServiceError} SESSION_NOT_FOUND if there is
 * no such session, or if it is another client's.
 */
export async function findClientSession(
  { clientId, sessionId, at = {} }: ClientSessionSearch,
  { pool, tracing }: { readonly pool: Pool; readonly tracing: Tracing },
): Promise<Session> {
  const session = await findSession(pool, sessionId);
  if (session === undefined || session.clientId !== clientId)
    throw new ServiceError({ code: 'SESSION_NOT_FOUND', ...at });
  tracing.join(session.traceContext);
  return session;
}

interface ClientSessionSearch {
  readonly clientId: string;
  readonly sessionId: string;
  readonly at?: Pick<Fault, 'pointer'>;
}
