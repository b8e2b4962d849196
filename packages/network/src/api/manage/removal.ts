/** `POST /auth/passkeys/manage/removals`: the cardholder removes a bank or a shop, a device, or the passkey itself (contract §17). */
import type { ManageRemoval, ManageRemovalAnswer } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { changeBindings } from '../../domain/bindings/change.ts';
import { deletePasskey, forgetDevice } from '../../domain/bindings/passkey-deletion.ts';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { findOverview } from '../../domain/visits/overview.ts';
import { endVisit, findVisit, type Visit } from '../../domain/visits/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { denied } from './denied.ts';

const byCardholder = ({ passkeyId }: Visit) =>
  ({
    by: 'CARDHOLDER',
    author: { actor: { kind: 'CARDHOLDER', id: passkeyId } },
    reasonCode: 'CARDHOLDER_REQUEST',
  }) as const;

export interface RemovalAttempt {
  readonly removal: ManageRemoval;
  /** The values of the browser's cookies. */
  readonly visitSecret: string | undefined;
  readonly deviceSecret: string | undefined;
}

export interface Removed {
  readonly answer: ManageRemovalAnswer;
  /** The clients of the sessions that ended, once for each session. */
  readonly endedClients: readonly string[];
}

/**
 * Answers what is left. After the removal of the passkey itself nothing is left, and the visit is over. A repeated removal gets the same
 * answer. Throws {@link ServiceError}: ACCESS_DENIED without a visit.
 */
export async function remove(
  { removal, visitSecret, deviceSecret }: RemovalAttempt,
  { pool, clock }: Pick<Network, 'pool' | 'clock'>,
): Promise<Removed> {
  const now = clock();
  const visit = visitSecret === undefined ? undefined : await findVisit(pool, { secret: visitSecret, now });
  if (visit === undefined || visitSecret === undefined) throw denied();
  const { passkeyId } = visit;
  if (removal.what === 'PASSKEY') {
    const { endedClients } = await deletePasskey(pool, { ...byCardholder(visit), passkeyId, now });
    await endVisit(pool, visitSecret);
    return { answer: {}, endedClients };
  }
  const endedClients = removal.what === 'BINDING' ? await removeBinding(removal, visit, { pool, now }) : [];
  if (removal.what === 'DEVICE') {
    const { author } = byCardholder(visit);
    await forgetDevice(pool, { deviceId: removal.appInstanceId, passkeyId, author, now });
  }
  const overview = await findOverview(pool, visit, { deviceId: readDeviceCookie(deviceSecret)?.deviceId, now });
  if (overview === undefined) throw denied(); // deleted meanwhile
  return { answer: { overview }, endedClients };
}

/** Removes the binding if it belongs to the visit's passkey. Otherwise nothing changes. */
async function removeBinding(
  { bindingId }: { readonly bindingId: string },
  visit: Visit,
  { pool, now }: { readonly pool: Pool; readonly now: Date },
): Promise<readonly string[]> {
  const scope = { kind: 'PASSKEY', passkeyId: visit.passkeyId, bindingId } as const;
  const decision = { ...byCardholder(visit), action: 'DELETE', now } as const;
  return (await changeBindings(pool, { scope, decision }, undefined)).endedClients;
}
