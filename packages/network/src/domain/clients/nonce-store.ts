/** Nonces of signed requests in the database, so that every process of the network refuses a second use. */
import { addSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import {
  column,
  execute,
  inTransaction,
  query,
  type RowOf,
  type Sql,
  selectList,
  sql,
  statement,
  type Values,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Client } from './store.ts';

/** What makes a signed request unique: no two requests have the same three. */
export interface RequestNonce {
  /** The consumer key, or what {@link dpopSigner} answers. */
  readonly signer: string;
  readonly signedAt: Date;
  readonly nonce: string;
}

/** The signer of a client's DPoP proofs. No consumer key has a space, so the nonces of the two schemes are apart. */
export function dpopSigner(clientId: string): string {
  return `DPoP ${clientId}`;
}

/** The nonce of a signed request, and the client that the request was judged by. Both are checked against the database. */
export interface NonceClaim extends RequestNonce {
  readonly client: Pick<Client, 'clientId' | 'version'>;
}

/** `CLIENT_CHANGED`: the client was changed or suspended since the request was judged; the nonce is not consumed. */
export type NonceVerdict = 'CONSUMED' | 'USED_BEFORE' | 'CLIENT_CHANGED';

type NonceValue = 'signerId' | 'signerVersion' | 'signer' | 'signedAt' | 'nonce';

/**
 * How a statement consumes the nonce of its request. `parts` begin its WITH, and every change in the statement must select FROM `admitted`.
 * `admitted` has one row. It has none if the nonce was used before by this signer with this timestamp, or if the client was changed since the
 * request was verified. So a suspension or a withdrawn key takes effect at once in every process.
 */
export interface Admission {
  /** Part of the statement's name, because each admission gives the statement another text. */
  readonly name: string;
  readonly parts: Sql<NonceValue>;
}

/** Consumes the nonce in the statement. */
export const BY_NONCE: Admission = {
  name: 'nonce',
  parts: sql`
    current AS (SELECT 1 FROM client WHERE client_id = ${'signerId'} AND version = ${'signerVersion'} AND suspended_at IS NULL),
    admitted AS (INSERT INTO request_nonce (consumer_key, signed_at, nonce)
                 SELECT ${'signer'}, ${'signedAt'}::timestamptz, ${'nonce'} FROM current
                 ON CONFLICT DO NOTHING RETURNING true)`,
};

/** The nonce is consumed already: `admitted` always has its row. */
const ADMITTED: Admission = { name: 'admitted', parts: sql`current AS (SELECT 1), admitted AS (SELECT 1)` };

/** One statement for each way to be admitted. */
export interface ByAdmission<Made> {
  readonly byNonce: Made;
  readonly admitted: Made;
}

export function byAdmission<Made>(make: (admission: Admission) => Made): ByAdmission<Made> {
  return { byNonce: make(BY_NONCE), admitted: make(ADMITTED) };
}

/** The statement for a call. Without a claim, its nonce has already been consumed. */
export function chooseByAdmission<Made>(statements: ByAdmission<Made>, nonceClaim: NonceClaim | undefined): Made {
  return nonceClaim === undefined ? statements.admitted : statements.byNonce;
}

/** The values of an admission's `parts`. */
export function nonceValues(nonceClaim: NonceClaim | undefined): Values<NonceValue> {
  const { client, signer, signedAt, nonce } = nonceClaim ?? {};
  return {
    signerId: client?.clientId,
    signerVersion: client?.version,
    signer,
    signedAt,
    nonce,
  };
}

/** The columns that {@link readVerdict} reads. */
export const VERDICT = {
  current: column.boolean(sql`EXISTS (SELECT FROM current)`),
  admitted: column.boolean(sql`EXISTS (SELECT FROM admitted)`),
};

export function readVerdict(row: RowOf<typeof VERDICT> | undefined): NonceVerdict {
  if (!row?.current) return 'CLIENT_CHANGED';
  return row.admitted ? 'CONSUMED' : 'USED_BEFORE';
}

const CONSUME = statement({
  name: 'nonce-consume',
  text: sql`WITH ${BY_NONCE.parts} SELECT ${selectList(VERDICT)}, set_config('synchronous_commit', 'off', true) AS durability`,
  returns: { ...VERDICT, durability: column.text() },
});

/**
 * Consumes a nonce by itself, for a request that changes nothing, or nothing yet.
 *
 * The commit is not forced to disk. PostgreSQL writes its log in order, so the nonce reaches the disk with the next commit that is forced: the
 * commit of a later change. After a request that changed nothing, a crash may forget the last nonces (at most 0.6 s, three times
 * wal_writer_delay), and to send that request again changes nothing either.
 */
export async function consumeNonce(pool: Pool, nonceClaim: NonceClaim): Promise<NonceVerdict> {
  const [row] = await query(pool, CONSUME, nonceValues(nonceClaim));
  return readVerdict(row);
}

/** What one statement deletes at most. */
const FORGOTTEN_ROWS = 1_000;

const FORGET = statement({
  text: sql`DELETE FROM request_nonce WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM request_nonce WHERE signed_at < ${'before'} ORDER BY signed_at LIMIT ${FORGOTTEN_ROWS} FOR UPDATE SKIP LOCKED))`,
});

/** Deletes nonces with timestamps that are no longer accepted, the oldest first. Several processes share the work, and none waits for the disk. */
export async function forgetNonces(pool: Pool, now: Date): Promise<number> {
  // Twice the skew: the clocks of two processes may differ.
  const before = addSeconds(now, -2 * SIGNATURE_SKEW_SECONDS);
  for (let total = 0; ; ) {
    const deleted = await inTransaction(pool, async (connection) => {
      await connection.query('SET LOCAL synchronous_commit = off');
      return execute(connection, FORGET, { before });
    });
    total += deleted;
    if (deleted < FORGOTTEN_ROWS) return total;
  }
}
