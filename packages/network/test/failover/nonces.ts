/** The nonces of acknowledged changes: each is stored with its change (docs/decisions/0041), so a database with the change has the nonce too. */
import type { Pool } from 'pg';
import type { History } from '../faults/history.ts';

/** The signed requests that were answered 201 although the database does not have their nonce. Call it before nonces are deleted by age. */
export async function findLostNonces(
  { exchanges }: Pick<History, 'exchanges'>,
  pool: Pool,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ used: string }>(`SELECT consumer_key || ' ' || nonce AS used FROM request_nonce`);
  const kept = new Set(rows.map(({ used }) => used));
  return exchanges
    .filter(({ answer }) => answer?.status === 201)
    .map(({ requestHeaders }) => decodeURIComponent(requestHeaders.authorization ?? ''))
    .map((header) => `${parameter(header, 'oauth_consumer_key')} ${parameter(header, 'oauth_nonce')}`)
    .filter((used) => !kept.has(used));
}

function parameter(header: string, name: string): string {
  const [, value] = new RegExp(`${name}="([^"]*)"`).exec(header) ?? [];
  if (value === undefined) throw new Error(`An acknowledged change was not signed with ${name}.`);
  return value;
}
