/** The session of the browser that asks, by its ceremony cookie: what every call of the hosted page after `open` is about. */
import { createHash } from 'node:crypto';
import type { AuthenticationCredential, RegistrationCredential } from '@payment-passkeys/protocol';
import { ServiceError } from '../http/errors.ts';
import type { Network } from '../network.ts';
import { findSessionOfCeremony, type Session } from '../sessions/store.ts';
import { hashSecret } from './cookie.ts';

/** Throws {@link ServiceError}: ACCESS_DENIED without a session, CLIENT_SUSPENDED. */
export async function findOwnSession(ceremonySecret: string | undefined, network: Network): Promise<Session> {
  const session = ceremonySecret ? await findSessionOfCeremony(network.pool, hashSecret(ceremonySecret)) : undefined;
  if (session === undefined) throw new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  if (session.clientSuspended) throw new ServiceError({ code: 'CLIENT_SUSPENDED' });
  return session;
}

export function returnAddress({ returnTo }: Session): string {
  if (returnTo === null) throw new Error('An opened session has a return address.');
  return returnTo;
}

/** By which the same credential is known again. */
export function hashCredential(credential: RegistrationCredential | AuthenticationCredential): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([credential.id, Object.entries(credential.response).toSorted()]))
    .digest();
}
