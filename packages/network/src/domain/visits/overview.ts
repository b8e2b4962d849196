/** What the cardholder sees of a passkey: the banks and shops that use it, and the devices that have used it. */
import { type Actor, epochSeconds, type ManageOverview } from '@payment-passkeys/protocol';
import { column, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Visit } from './store.ts';

/** A binding in its column of JSON, with times as PostgreSQL writes them. */
interface StoredBinding {
  readonly bindingId: string;
  readonly role: 'issuer' | 'merchant';
  readonly name: string;
  readonly panLastFour: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly pendingActivation: boolean;
  readonly suspendedBy: Actor[];
}

/** A device in its column of JSON, with times as PostgreSQL writes them. */
interface StoredDevice {
  readonly appInstanceId: string;
  readonly firstUsedAt: string;
  readonly lastUsedAt: string;
}

const OVERVIEW = {
  credentialId: column.bytea('webauthn_id'),
  userHandle: column.bytea('user_handle'),
  synced: column.boolean('backed_up'),
  createdAt: column.timestamptz('created_at'),
  bindings: column.jsonb<readonly StoredBinding[]>(sql`coalesce(
    (SELECT jsonb_agg(jsonb_build_object('bindingId', binding_id, 'role', role, 'name', name, 'panLastFour', card_last_four,
                                         'createdAt', binding.created_at, 'lastUsedAt', binding.last_used_at, 'suspendedBy', suspended_by,
                                         'pendingActivation', pending_activation)
                      ORDER BY role, name, binding.created_at)
     FROM binding JOIN client USING (client_id) WHERE binding.passkey_id = passkey.passkey_id), '[]')`),
  devices: column.jsonb<readonly StoredDevice[]>(sql`coalesce(
    (SELECT jsonb_agg(jsonb_build_object('appInstanceId', device_id, 'firstUsedAt', attached_at, 'lastUsedAt', device.last_used_at)
                      ORDER BY device.last_used_at DESC)
     FROM device_passkey JOIN device USING (device_id) WHERE device_passkey.passkey_id = passkey.passkey_id), '[]')`),
};

const FIND = statement({
  name: 'visit-overview',
  text: sql`SELECT ${selectList(OVERVIEW)} FROM passkey WHERE passkey_id = ${'passkeyId'}`,
  returns: OVERVIEW,
});

/**
 * Undefined if the passkey is gone. Of the devices, this one comes first, then the one used last. `deviceId` is the device of the calling browser,
 * if it is recognised.
 */
export async function findOverview(
  pool: Pool,
  visit: Visit,
  { deviceId, now }: { readonly deviceId: string | undefined; readonly now: Date },
): Promise<ManageOverview | undefined> {
  const [row] = await query(pool, FIND, { passkeyId: visit.passkeyId });
  return (
    row && {
      secondsLeft: Math.max(0, epochSeconds(visit.expiresAt) - epochSeconds(now)),
      credentialId: row.credentialId.toString('base64url'),
      userHandle: row.userHandle.toString('base64url'),
      synced: row.synced,
      createdAt: row.createdAt.toISOString(),
      bindings: row.bindings.map(({ panLastFour, createdAt, lastUsedAt, ...binding }) => ({
        ...binding,
        ...(panLastFour !== null && { panLastFour }),
        createdAt: readTime(createdAt),
        ...(lastUsedAt !== null && { lastUsedAt: readTime(lastUsedAt) }),
      })),
      devices: row.devices
        .map(({ appInstanceId, firstUsedAt, lastUsedAt }) => ({
          appInstanceId,
          thisDevice: appInstanceId === deviceId,
          firstUsedAt: readTime(firstUsedAt),
          lastUsedAt: readTime(lastUsedAt),
        }))
        .toSorted((a, b) => Number(b.thisDevice) - Number(a.thisDevice)),
    }
  );
}

function readTime(stored: string): string {
  return new Date(stored).toISOString();
}
