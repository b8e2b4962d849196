/** The recorded requests: the last ones of each client. */
import { KEPT_REQUESTS, type RecordedRequest } from '@payment-passkeys/protocol/sandbox';
import { column, execute, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

export type NewRecord = Omit<RecordedRequest, 'position'>;

/** A record that a version before OAuth 2.0 has written has neither a scheme nor claims. */
type StoredRecord = Omit<NewRecord, 'scheme' | 'claims'> & Partial<Pick<NewRecord, 'scheme' | 'claims'>>;

/** `records` begins with the oldest request. The commit does not wait for the disk. */
const INSERT = statement({
  name: 'sandbox-record-requests',
  text: sql`WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true))
            INSERT INTO sandbox_recorded_request (client_id, record)
            SELECT item ->> 'clientId', item -> 'record'
            FROM relaxed, jsonb_array_elements(${'records'}::jsonb) WITH ORDINALITY AS given (item, number) ORDER BY number`,
});

const FORGET = statement({
  name: 'sandbox-forget-requests',
  text: sql`DELETE FROM sandbox_recorded_request WHERE position IN (
              SELECT position FROM (
                SELECT position, row_number() OVER (PARTITION BY client_id ORDER BY position DESC) AS number
                FROM sandbox_recorded_request WHERE client_id = ANY (${'clientIds'}::text[])
              ) AS numbered WHERE number > ${KEPT_REQUESTS})`,
});

/** Keeps the last {@link KEPT_REQUESTS} of each client. */
export async function keepRecords(
  pool: Pool,
  records: readonly { readonly clientId: string; readonly record: NewRecord }[],
): Promise<void> {
  await execute(pool, INSERT, { records: JSON.stringify(records) });
  await execute(pool, FORGET, { clientIds: [...new Set(records.map(({ clientId }) => clientId))] });
}

const LIST = statement({
  text: sql`SELECT position, record FROM sandbox_recorded_request
            WHERE client_id = ${'clientId'} AND position > ${'after'}::bigint ORDER BY position DESC LIMIT ${KEPT_REQUESTS}`,
  returns: { position: column.bigint(), record: column.jsonb<StoredRecord>() },
});

/** The newest first. */
export async function listRecords(
  pool: Pool,
  { clientId, after }: { readonly clientId: string; readonly after: number },
): Promise<RecordedRequest[]> {
  const rows = await query(pool, LIST, { clientId, after });
  return rows.map(({ position, record: { scheme = 'OAUTH1', claims = [], ...record } }) => ({
    ...record,
    scheme,
    claims,
    position,
  }));
}
