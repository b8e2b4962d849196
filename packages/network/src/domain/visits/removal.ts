/** What a cardholder removes from their passkey: a bank or a shop, a device, or the passkey with all of them. */
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

const REMOVE_BINDING = statement({
  name: 'visit-remove-binding',
  text: sql`DELETE FROM binding WHERE binding_id = ${'bindingId'} AND passkey_id = ${'passkeyId'}`,
});

/** False if the passkey does not have the binding. */
export async function removeBinding(
  pool: Pool,
  binding: { readonly bindingId: string; readonly passkeyId: string },
): Promise<boolean> {
  return (await execute(pool, REMOVE_BINDING, binding)) === 1;
}

const FORGET_DEVICE = statement({
  name: 'visit-forget-device',
  text: sql`DELETE FROM device_passkey WHERE device_id = ${'deviceId'} AND passkey_id = ${'passkeyId'}`,
});

/** The device's cookie no longer stands for the passkey. */
export async function forgetDevice(
  pool: Pool,
  device: { readonly deviceId: string; readonly passkeyId: string },
): Promise<void> {
  await execute(pool, FORGET_DEVICE, device);
}

const DELETE_PASSKEY = statement({
  name: 'visit-delete-passkey',
  text: sql`WITH deleted AS (UPDATE passkey SET status = 'deleted' WHERE passkey_id = ${'passkeyId'} RETURNING passkey_id),
                 unbound AS (DELETE FROM binding USING deleted WHERE binding.passkey_id = deleted.passkey_id),
                 forgotten AS (DELETE FROM device_passkey USING deleted WHERE device_passkey.passkey_id = deleted.passkey_id)
            SELECT FROM deleted`,
});

export async function deletePasskey(pool: Pool, passkeyId: string): Promise<void> {
  await execute(pool, DELETE_PASSKEY, { passkeyId });
}
