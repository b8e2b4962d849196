/** Finds the session of the calling browser by its ceremony cookie, for every call of the hosted page after `open`. */
import type { AuthenticationCredential, RegistrationCredential } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';
import { sha256 } from '../../platform/sha256.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import { indexVersions } from '../accounts/account-vault.ts';
import type { KeyFolder } from '../keys/key-folder.ts';
import { findSessionOfCeremony, type Session } from '../sessions/store.ts';
import { CEREMONY_COOKIE, hashSecret } from './cookie.ts';
import { findCeremony, type SessionAndPasskey } from './session-and-passkey.ts';

interface Dependencies {
  readonly pool: Pool;
  readonly tracing: Tracing;
  readonly clock: () => Date;
}

/** The caller: the value of its ceremony cookie, and the session that its page has open, if it names one. */
export interface CeremonyCaller {
  readonly ceremonySecret: string | undefined;
  readonly namedSession: string | undefined;
}

/** `body` is that of a call of the hosted page. */
export function readCaller({
  cookies,
  body,
}: {
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly body: { readonly authenticationSessionId?: string };
}): CeremonyCaller {
  return { ceremonySecret: cookies[CEREMONY_COOKIE], namedSession: body.authenticationSessionId };
}

/** Undefined without a session, or when the page has another one open. */
export async function findSessionOfCaller(
  caller: CeremonyCaller,
  { pool }: Pick<Dependencies, 'pool'>,
): Promise<Session | undefined> {
  const { ceremonySecret } = caller;
  const session = ceremonySecret ? await findSessionOfCeremony(pool, hashSecret(ceremonySecret)) : undefined;
  return openInPage(session, caller);
}

/** Throws {@link ServiceError}: ACCESS_DENIED without a session, or when the page has another one open; CLIENT_SUSPENDED. */
export async function findOwnSession(caller: CeremonyCaller, network: Dependencies): Promise<Session> {
  return checkOwn(await findSessionOfCaller(caller, network), network);
}

/** Finds the session as {@link findOwnSession} does, and the passkey that is about to be used. */
export async function findOwnSessionAndPasskey(
  caller: CeremonyCaller,
  use: { readonly credentialId: Buffer; readonly deviceId: string | undefined },
  network: Dependencies & { readonly keys: KeyFolder },
): Promise<SessionAndPasskey> {
  const { ceremonySecret } = caller;
  const indexes = indexVersions(network.keys.current().vault);
  const search = ceremonySecret && {
    ceremonyHash: hashSecret(ceremonySecret),
    indexVersions: indexes,
    ...use,
    now: network.clock(),
  };
  const found = search ? await findCeremony(network.pool, search) : undefined;
  return { session: checkOwn(openInPage(found?.session, caller), network), passkey: found?.passkey };
}

function openInPage(session: Session | undefined, { namedSession }: CeremonyCaller): Session | undefined {
  return namedSession === undefined || namedSession === session?.sessionId ? session : undefined;
}

function checkOwn(session: Session | undefined, network: Dependencies): Session {
  if (session === undefined) throw new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  network.tracing.join(session.traceContext);
  if (session.isBarred) throw new ServiceError({ code: 'CLIENT_SUSPENDED' });
  return session;
}

/** The same credential always gives the same hash. */
export function hashCredential(credential: RegistrationCredential | AuthenticationCredential): Buffer {
  const members = Object.entries(credential.response).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([credential.id, members]));
}
