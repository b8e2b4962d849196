/** `GET /authentication/sessions/{authenticationSessionId}` (contract §15): for an app or a shop that was closed before the callback. */
import { failureOf, type SessionReport } from '@payment-passkeys/protocol';
import { findBinding, waitsForIssuer } from '../../domain/bindings/store.ts';
import { findClientSession } from '../../domain/sessions/client-session.ts';
import { decide } from '../../domain/sessions/session.ts';
import type { Session } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';

/** Throws {@link ServiceError}: SESSION_NOT_FOUND where the session is not this client's, or was deleted. */
export async function reportSession(
  { clientId, sessionId }: { readonly clientId: string; readonly sessionId: string },
  network: Pick<Network, 'pool' | 'tracing' | 'clock'>,
): Promise<SessionReport> {
  const session = await findClientSession({ clientId, sessionId }, network);
  // From its expiry to the next sweep, a session still has its last state.
  const expiry = decide(session, { kind: 'EXPIRE' }, network.clock());
  const expired = expiry.outcome === 'NEXT';
  const { clientSessionId, createdAt, expiresAt, passkeyId } = session;
  const endedAt = expired ? (session.proofExpiresAt ?? expiresAt) : session.endedAt;
  const bindingId = session.bindingId ?? (await findBoundId(session, network));
  // Only a shop's binding can wait for the issuer.
  const isAtShop = session.cardIndex !== null;
  const waits = bindingId !== undefined && isAtShop && (await waitsForIssuer(network.pool, bindingId));
  return {
    authenticationSessionId: sessionId,
    clientSessionId,
    state: expired ? expiry.next : session.state,
    ...(!expired && outcomeOf(session)),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(endedAt !== null && { endedAt: endedAt.toISOString() }),
    ...(passkeyId !== null && { credentialId: passkeyId }),
    ...(bindingId !== undefined && { bindingId }),
    ...(waits && { bindingStatus: 'PENDING_ACTIVATION' }),
  };
}

/** What the callback says of a session in this state. */
function outcomeOf({ state, endReason }: Session): Pick<SessionReport, 'status' | 'reason'> | undefined {
  switch (state) {
    case 'enrolled':
    case 'bound':
      return { status: 'ENROLLED' };
    case 'approved':
      return { status: 'AUTHENTICATED' };
    default:
      return endReason === null ? undefined : failureOf(endReason);
  }
}

async function findBoundId(
  { state, passkeyId, clientId, cardIndex }: Session,
  { pool }: Pick<Network, 'pool'>,
): Promise<string | undefined> {
  if (state !== 'bound' || passkeyId === null) return undefined;
  return (await findBinding(pool, { passkeyId, clientId, cardIndex }))?.bindingId;
}
