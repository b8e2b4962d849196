/** The session of the browser that asks, by its ceremony cookie: what every call of the hosted page after `open` is about. */
import { createHash } from 'node:crypto';
import type { AuthenticationCredential, RegistrationCredential } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import type { Passkey } from '../passkeys/store.ts';
import { findSessionOfCeremony, type Session } from '../sessions/store.ts';
import { hashSecret } from './cookie.ts';
import { findCeremony } from './store.ts';

interface Dependencies {
  readonly pool: Pool;
  readonly tracing: Tracing;
  readonly clock: () => Date;
}

/** Who asks: what the ceremony cookie holds, and the session that the page says it has open, where it says one. */
export interface CeremonyCaller {
  readonly ceremonySecret: string | undefined;
  readonly namedSession: string | undefined;
}

/** Throws {@link ServiceError}: ACCESS_DENIED without a session or where the page has another one open, CLIENT_SUSPENDED. */
export async function findOwnSession(caller: CeremonyCaller, network: Dependencies): Promise<Session> {
  const { ceremonySecret } = caller;
  const session = ceremonySecret ? await findSessionOfCeremony(network.pool, hashSecret(ceremonySecret)) : undefined;
  return checkOwn(session, caller, network);
}

/** The same with a look at the passkey that is about to be used: that it is this device's. Undefined where it is not, or is not live. */
export async function findOwnSessionAndPasskey(
  caller: CeremonyCaller,
  use: { readonly credentialId: Buffer; readonly deviceId: string },
  network: Dependencies,
): Promise<{ readonly session: Session; readonly passkey: Passkey | undefined }> {
  const { ceremonySecret } = caller;
  const search = ceremonySecret && { ceremonyHash: hashSecret(ceremonySecret), ...use, now: network.clock() };
  const found = search ? await findCeremony(network.pool, search) : undefined;
  return { session: checkOwn(found?.session, caller, network), passkey: found?.passkey };
}

function checkOwn(session: Session | undefined, { namedSession }: CeremonyCaller, network: Dependencies): Session {
  if (session === undefined || (namedSession ?? session.sessionId) !== session.sessionId) {
    throw new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  }
  network.tracing.join(session.traceContext);
  if (session.clientSuspended) throw new ServiceError({ code: 'CLIENT_SUSPENDED' });
  return session;
}

/** By which the same credential is known again. */
export function hashCredential(credential: RegistrationCredential | AuthenticationCredential): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([credential.id, Object.entries(credential.response).toSorted()]))
    .digest();
}
