/** Devices in the database, as parts of the statements that record a ceremony. */
import { type Sql, sql } from '@payment-passkeys/storage';
import { type Device, deviceInstanceId } from './device.ts';

export type DeviceValue = 'deviceId' | 'cookieHash' | 'passkeyId' | 'instanceId' | 'now';

/** Records that the device was used, and has the passkey. Records nothing if `consumed`, the session of the ceremony, has no row. */
export const DEVICE_USED: Sql<DeviceValue> = sql`
  used_device AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
                  SELECT ${'deviceId'}, ${'cookieHash'}, ${'now'}, ${'now'} FROM consumed
                  ON CONFLICT (device_id) DO UPDATE SET last_used_at = ${'now'}
                  RETURNING device_id),
  attached AS (INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
               SELECT device_id, ${'passkeyId'}, ${'instanceId'}, ${'now'} FROM used_device
               ON CONFLICT (device_id, passkey_id) DO NOTHING)`;

/** The values of {@link DEVICE_USED}, except `passkeyId` and `now`. */
export function deviceValues({ deviceId, cookieHash }: Device, passkeyId: string) {
  return { deviceId, cookieHash, instanceId: deviceInstanceId(deviceId, passkeyId) };
}
