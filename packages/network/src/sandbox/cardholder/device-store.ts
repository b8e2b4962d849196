/** The named devices in the database. The key that seals accounts also seals cookies and private keys. */
import { column, execute, inTransaction, query, sql, statement } from '@payment-passkeys/storage';
import { seal, unseal } from '../../domain/accounts/account-vault.ts';
import type { Network } from '../../network.ts';
import { mergeDevice, openDevice, type SandboxDevice, type StoredDevice } from './device.ts';

/** The most devices of a sandbox. The least recently used one is deleted first. */
const MAX_DEVICES = 1000;

const STATE = { state: column.bytea('state') };

const FIND = statement({
  name: 'sandbox-device-find',
  text: sql`SELECT state FROM sandbox_cardholder_device WHERE name = ${'name'}`,
  returns: STATE,
});

/** Locks the device until the end of the transaction, and returns it as it is stored. */
const KEEP = statement({
  name: 'sandbox-device-keep',
  text: sql`INSERT INTO sandbox_cardholder_device (name, state, used_at) VALUES (${'name'}, ${'state'}, ${'now'}::timestamptz)
            ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at
            RETURNING state`,
  returns: STATE,
});

const REPLACE = statement({
  name: 'sandbox-device-replace',
  text: sql`UPDATE sandbox_cardholder_device SET state = ${'state'} WHERE name = ${'name'}`,
});

const DROP_OLDEST = statement({
  name: 'sandbox-device-drop-oldest',
  text: sql`DELETE FROM sandbox_cardholder_device WHERE name IN (
              SELECT name FROM sandbox_cardholder_device ORDER BY used_at DESC, name OFFSET ${'kept'}::integer
              FOR UPDATE SKIP LOCKED)`,
});

type Dependencies = Pick<Network, 'pool' | 'keys' | 'clock'>;

/** Returns a new device if none has this name, or if the key that sealed it was deleted. */
export async function findDevice(
  name: string,
  { pool, keys }: Pick<Dependencies, 'pool' | 'keys'>,
): Promise<SandboxDevice> {
  const [row] = await query(pool, FIND, { name });
  return openDevice(row && readState(name, row.state, keys));
}

/** Stores the device after a call, merged with changes of other calls. */
export async function keepDevice(
  name: string,
  device: SandboxDevice,
  { pool, keys, clock }: Dependencies,
): Promise<void> {
  await inTransaction(pool, async (connection) => {
    const state = sealState(name, mergeDevice(undefined, device), keys);
    const [row] = await query(connection, KEEP, { name, state, now: clock() });
    if (row === undefined || row.state.equals(state)) return;
    const merged = mergeDevice(readState(name, row.state, keys), device);
    await execute(connection, REPLACE, { name, state: sealState(name, merged, keys) });
  });
  await execute(pool, DROP_OLDEST, { kept: MAX_DEVICES });
}

function sealState(name: string, device: StoredDevice, keys: Network['keys']): Buffer {
  return seal(JSON.stringify(device), keys.current().vault, rowOf(name));
}

function readState(name: string, state: Buffer, keys: Network['keys']): StoredDevice | undefined {
  const text = unseal(state, keys.current().vault, rowOf(name));
  return text === undefined ? undefined : (JSON.parse(text) as StoredDevice); // sealed by sealState
}

function rowOf(name: string): string {
  return `sandbox device:${name}`;
}
