/** `POST /auth/passkeys/manage/removals`: the cardholder removes a bank or a shop, a device, or the passkey itself (contract §17). */
import type { ManageRemoval, ManageRemovalAnswer } from '@payment-passkeys/protocol';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { findOverview } from '../../domain/visits/overview.ts';
import { deletePasskey, forgetDevice, removeBinding } from '../../domain/visits/removal.ts';
import { endVisit, findVisit } from '../../domain/visits/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';

export interface RemovalAttempt {
  readonly removal: ManageRemoval;
  /** The values of the browser's cookies. */
  readonly visitSecret: string | undefined;
  readonly deviceSecret: string | undefined;
}

/**
 * Answers what is left; after the passkey itself, nothing is, and the visit is over. A removal that was made before is answered in the same way. Throws
 * {@link ServiceError}: ACCESS_DENIED without a visit.
 */
export async function remove(
  { removal, visitSecret, deviceSecret }: RemovalAttempt,
  { pool, clock }: Pick<Network, 'pool' | 'clock'>,
): Promise<ManageRemovalAnswer> {
  const now = clock();
  const visit = visitSecret === undefined ? undefined : await findVisit(pool, { secret: visitSecret, now });
  if (visit === undefined || visitSecret === undefined) throw denied();
  const { passkeyId } = visit;
  switch (removal.what) {
    case 'BINDING':
      await removeBinding(pool, { bindingId: removal.bindingId, passkeyId });
      break;
    case 'DEVICE':
      await forgetDevice(pool, { deviceId: removal.appInstanceId, passkeyId });
      break;
    case 'PASSKEY':
      await deletePasskey(pool, passkeyId);
      await endVisit(pool, visitSecret);
      return {};
  }
  const overview = await findOverview(pool, visit, { deviceId: readDeviceCookie(deviceSecret)?.deviceId, now });
  if (overview === undefined) throw denied(); // deleted meanwhile
  return { overview };
}

function denied(): ServiceError {
  return new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
}
